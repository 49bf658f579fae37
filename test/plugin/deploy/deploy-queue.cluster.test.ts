import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { claimed } from "../../../plugin/queue/bookkeeping.ts";
import { client, controlPlane } from "../../control-plane/test-cluster.ts";
import { existing, openQueue, startTestCouchdb } from "../queue/queue-under-test.ts";
import type { TestCouchdb } from "../queue/queue-under-test.ts";
import { prepareQueueAndNamespace } from "./deployer-under-test.ts";
import type { TestQueueAndNamespace } from "./deployer-under-test.ts";

const soap = JSON.parse(
  readFileSync(new URL("../../fixtures/site-requests/soap-and-sons.json", import.meta.url), "utf8"),
);

let couchdb: TestCouchdb;
let test: TestQueueAndNamespace;

beforeAll(async () => {
  couchdb = await startTestCouchdb();
});
afterAll(async () => {
  await couchdb.stop();
});
beforeEach(async () => {
  test = await prepareQueueAndNamespace(couchdb);
});

function deploymentPath(name: string): string {
  return `/apis/apps/v1/namespaces/${test.namespace}/deployments/${name}`;
}

function withoutCredentials(url: string): string {
  const shown = new URL(url);
  [shown.username, shown.password] = ["", ""];
  return shown.href;
}

async function patchDeployment(name: string, patch: object): Promise<void> {
  const contentType = "application/strategic-merge-patch+json";
  const { status } = await client.request("PATCH", deploymentPath(name), { body: patch, contentType });
  expect(status).toBe(200);
}

describe("deploy", () => {
  it("turns a real sign-up payload into a running site, and says where it is", async () => {
    await test.put("a", soap);
    const { exitCode, stdout, stderr } = await test.run(["deploy"]);
    expect(stderr).toBe("1 deployed, 0 failed, 0 rejected\n");
    expect(stdout).toMatch(/^site\/soap-sons deployed {2}http:\/\/soap-sons\.sites\.localhost {2}\d+s\n$/);
    expect(exitCode).toBe(0);
    expect(await test.get("apps/v1", "deployments", "soap-sons")).toMatchObject({
      metadata: { labels: { subscribie: "site", "site-name": "soap-sons" } },
      status: { availableReplicas: 1 },
    });
    const { password, login_token, ...payload } = soap;
    const config = await test.get("v1", "configmaps", "soap-sons.config");
    expect(config).toMatchObject({ data: { "shop.json": JSON.stringify(payload) } });
    expect(await test.get("v1", "secrets", "soap-sons.secrets")).toMatchObject({
      data: {
        password: Buffer.from(password).toString("base64"),
        login_token: Buffer.from(login_token).toString("base64"),
      },
    });
    expect(await test.get("v1", "services", "soap-sons")).toBeDefined();
    expect(await test.get("networking.k8s.io/v1", "ingresses", "soap-sons")).toBeDefined();
    expect(await test.read("a")).toMatchObject({
      ...payload,
      deployment: { status: "deployed", site: "soap-sons", url: "http://soap-sons.sites.localhost" },
    });
  });

  it("has nothing to do the second time", async () => {
    await test.put("a", soap);
    await test.run(["deploy"]);
    const before = await test.get("apps/v1", "deployments", "soap-sons");
    expect(await test.run(["deploy"])).toEqual({ exitCode: 0, stdout: "", stderr: "Nothing to deploy.\n" });
    expect(await test.get("apps/v1", "deployments", "soap-sons")).toEqual(before);
  });

  it("leaves the secrets in the Secret, and nowhere else", async () => {
    const secrets = { password: "s3cr3t-passphrase", login_token: "s3cr3t-login-token" };
    await test.put("good", { company: { name: "Good" }, ...secrets });
    await test.put("bad", { company: { name: "Bad" }, ...secrets, hosting: { env: { LD_PRELOAD: "x" } } });
    const outputs = [await test.run(["deploy"]), await test.run(["queue", "list"])];
    outputs.push(await test.run(["queue", "show", "bad"]), await test.run(["deploy", "-o", "json"]));
    expect(JSON.stringify(outputs)).not.toContain("s3cr3t");
    expect(JSON.stringify(await test.read("good"))).not.toContain("s3cr3t");
    const everything = await Promise.all([
      test.get("apps/v1", "deployments"),
      test.get("apps/v1", "replicasets"),
      test.get("v1", "pods"),
      test.get("v1", "configmaps"),
      test.get("v1", "services"),
      test.get("v1", "events"),
      test.get("events.k8s.io/v1", "events"),
      test.get("networking.k8s.io/v1", "ingresses"),
    ]);
    const written = JSON.stringify(everything);
    expect(written).toContain("good.secrets");
    expect(written).not.toContain("s3cr3t");
    expect(written).not.toContain(Buffer.from("s3cr3t-passphrase").toString("base64"));
  });

  it("sets what is no site request aside with every reason, and deploys the others", async () => {
    await test.put("good", soap);
    await test.put("types", { company: { name: 5 }, plans: "none" });
    await test.put("huge", { company: { name: "Huge" }, plans: [{ title: "x".repeat(2 ** 21) }] });
    await test.put("deep", {
      company: { name: "Deep" },
      extra: JSON.parse(`${"[".repeat(200)}${"]".repeat(200)}`),
    });
    await test.put("emoji", { company: { name: "🧼" } });
    await test.put("attachment", {
      company: { name: "Attached" },
      _attachments: { "a.txt": { content_type: "text/plain", data: "YQ==" } },
    });
    await test.put(
      "polluter",
      JSON.parse('{"company":{"name":"Polluter"},"constructor":{"prototype":{"a":1}}}'),
    );
    await test.put("foreign", { type: "session" });
    await test.put("times", {
      company: { name: "Times" },
      deployment: { status: "queued", queuedAt: { $gt: "" } },
    });
    await test.put("self-made", {
      company: { name: "Self Made" },
      deployment: { status: "deploying", site: "soap-sons", claimedBy: ["me"], claimExpiresAt: "never" },
    });
    // More than is read of any document, and than CouchDB takes unless it is configured to.
    await test.put("too-long", { company: { name: "Long" }, extra: "x".repeat(9_000_000) });
    const { exitCode, stdout, stderr } = await test.run(["deploy"]);
    expect(stderr).toBe("4 deployed, 1 failed, 5 rejected\n");
    expect(stdout).toContain("request/too-long failed: it has too many bytes to be read");
    expect(stdout).toContain("site/self-made deployed");
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      "request/types rejected: company.name: Invalid input: expected string, received number; plans: ",
    );
    expect(stdout).toContain("request/huge rejected: it is 20");
    expect(stdout).toContain("request/attachment rejected: it has attachments");
    expect(stdout).toContain("site/polluter deployed");
    expect(await test.read("foreign")).not.toHaveProperty("deployment");
    expect(await test.read("foreign")).not.toHaveProperty("deployment");
    await test.run(["queue", "retry", "huge"]);
    expect((await test.run(["deploy"])).stdout.split("\n").toSorted()).toEqual([
      "",
      expect.stringMatching(
        /^request\/huge rejected: it is 20\d+ bytes long, more than the 524288 that are allowed$/,
      ),
      expect.stringMatching(/^request\/too-long failed: /),
    ]);
  });

  it("carries a stranger's text to the site as it is, and nowhere else", async () => {
    const payload = {
      company: { name: "Mean", "a.b/c": "dots and slashes", __proto__x: 1 },
      users: ["$(cat /etc/passwd)", "{{ .Values.password }}", "${HOME}", "--- \napiVersion: v1\nkind: Pod\n"],
      $ref: "#/definitions/io.k8s.api.core.v1.Pod",
      kind: "ClusterRoleBinding",
      metadata: { name: "kube-system", labels: { subscribie: "site" } },
      plans: [
        { title: "\u0000 \u202Eodd\u202C \u001b]0;title\u0007", description: "<script>alert(1)</script>" },
      ],
      "": "no key",
      constructor: { prototype: { polluted: true } },
      numbers: [0.1, 1e21 / 1e10, -0.5, 9007199254740991],
    };
    await test.put("mean \u202E/../../ id", payload);
    const hosting = { env: { A: "$(HOSTNAME)\n- name: B", _: "" } };
    await test.put("env", { company: { name: "Env" }, hosting });
    const { exitCode, stdout } = await test.run(["deploy"]);
    expect(stdout).toContain("site/mean deployed");
    expect(exitCode).toBe(0);
    const config = await test.get("v1", "configmaps", "mean.config");
    expect(config).toMatchObject({ data: { "shop.json": JSON.stringify(payload) } });
    const deployment = await test.get("apps/v1", "deployments", "env");
    expect(deployment).toMatchObject({
      spec: {
        template: {
          spec: { containers: [{ env: [{ name: "A", value: "$$(HOSTNAME)\n- name: B" }, { name: "_" }] }] },
        },
      },
    });
  });

  it("rejects a volume that would have to shrink, and goes on with the site once it does not", async () => {
    await test.put("a", { ...soap, hosting: { storage: "2Gi" } });
    await test.run(["deploy"]);
    await test.put("a", { ...(await test.read("a")), hosting: { storage: "1Gi" } });
    expect((await test.run(["deploy"])).stdout).toMatch(
      /^site\/soap-sons rejected \(request a\): hosting\.storage: .*less than/,
    );
    await test.put("a", { ...(await test.read("a")), country_code: "FR", hosting: { storage: "2Gi" } });
    expect((await test.run(["deploy"])).stdout).toContain("site/soap-sons deployed");
  });

  it("gives a name to the first who asks, and never to a second one that looks like it", async () => {
    await test.put("first", { company: { name: "Soap & Sons" } });
    await test.run(["deploy"]);
    const before = await test.get("apps/v1", "deployments");
    await test.put("case", { company: { name: "SOAP & SONS" }, password: "mine" });
    await test.put("cyrillic", {
      company: { name: "Ѕоар Ѕоns" },
      deployment: { status: "queued", site: "soap-sons" },
    });
    await test.put("punctuation", { company: { name: "Soap+Sons" } });
    await test.put("hyphen", { company: { name: "Soapsons" } });
    const { stdout, stderr } = await test.run(["deploy"]);
    expect(stderr).toBe("0 deployed, 0 failed, 4 rejected\n");
    expect(stdout).toContain(
      "(request case): the site soap-sons exists already, and was not made from this request",
    );
    expect(stdout).toContain("taken, or looks like that of the site soap-sons");
    expect(await test.get("apps/v1", "deployments")).toMatchObject({ items: before?.["items"] });
    expect(await test.get("v1", "secrets", "soap-sons.secrets")).not.toHaveProperty("data");
  });

  it("never touches a Deployment that somebody made by hand", async () => {
    const labels = { app: "soap-sons" };
    const container = { name: "web", image: "ghcr.io/subscribie/subscribie:v0.9" };
    const spec = {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    };
    const body = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "soap-sons" }, spec };
    await client.request("POST", `/apis/apps/v1/namespaces/${test.namespace}/deployments`, { body });
    await test.put("a", soap);
    expect((await test.run(["deploy"])).stdout).toContain(
      "exists already, and was not made from this request",
    );
    expect(await test.get("apps/v1", "deployments", "soap-sons")).toMatchObject({
      metadata: { generation: 1 },
    });
    expect(await test.get("v1", "configmaps", "soapsons.site-claim")).toBeUndefined();
  });

  it("keeps the version and the replicas that a site runs when its request changes, and applies the rest", async () => {
    await test.put("a", { ...soap, hosting: { replicas: 1, env: { THEME: "old" } } });
    await test.run(["deploy"]);
    const upgraded = "ghcr.io/subscribie/subscribie:v0.11";
    await patchDeployment("soap-sons", {
      spec: { replicas: 2, template: { spec: { containers: [{ name: "subscribie", image: upgraded }] } } },
    });
    const document = await test.read("a");
    await test.put("a", { ...document, country_code: "FR", hosting: { replicas: 5, env: { THEME: "new" } } });
    expect(await test.run(["deploy"])).toMatchObject({
      exitCode: 0,
      stderr: "1 deployed, 0 failed, 0 rejected\n",
    });
    expect(await test.get("apps/v1", "deployments", "soap-sons")).toMatchObject({
      spec: {
        replicas: 2,
        template: { spec: { containers: [{ image: upgraded, env: [{ name: "THEME", value: "new" }] }] } },
      },
    });
    const config = await test.get("v1", "configmaps", "soap-sons.config");
    expect(config).toMatchObject({ data: { "shop.json": expect.stringContaining('"country_code":"FR"') } });
    // The document had no secrets any more.
    expect(await test.get("v1", "secrets", "soap-sons.secrets")).toMatchObject({
      data: { password: Buffer.from(soap.password).toString("base64") },
    });
  });

  it("does not scale a site back that nobody has scaled, when its request changes", async () => {
    await test.put("a", { ...soap, hosting: { replicas: 2 } });
    await test.run(["deploy"]);
    await test.put("a", { ...(await test.read("a")), country_code: "FR" });
    await test.run(["deploy"]);
    expect(await test.get("apps/v1", "deployments", "soap-sons")).toMatchObject({ spec: { replicas: 2 } });
  });

  it("replaces one secret when the request has a new one, and keeps the other", async () => {
    await test.put("a", soap);
    await test.run(["deploy"]);
    await test.put("a", { ...(await test.read("a")), login_token: "new token" });
    expect(await test.run(["deploy"])).toMatchObject({ exitCode: 0 });
    expect(await test.get("v1", "secrets", "soap-sons.secrets")).toMatchObject({
      data: {
        password: Buffer.from(soap.password).toString("base64"),
        login_token: Buffer.from("new token").toString("base64"),
      },
    });
    expect(await test.read("a")).not.toHaveProperty("login_token");
  });

  it("gives a host name to one site at a time", async () => {
    await test.put("one", { company: { name: "One" }, hosting: { hostnames: ["shop.example.org"] } });
    await test.run(["deploy"]);
    await test.put("two", {
      company: { name: "Two" },
      hosting: { hostnames: ["two.example.org", "shop.example.org"] },
    });
    const refused = await test.run(["deploy"]);
    expect(refused.stdout).toContain("hosting.hostnames: shop.example.org belongs to the site one");
    expect(await test.get("v1", "configmaps", "two.site-claim")).toBeUndefined();
    expect(await test.get("v1", "configmaps", "two.example.org.hostname-claim")).toBeUndefined();

    await test.put("one", { ...(await test.read("one")), hosting: {} });
    await test.run(["deploy"]);
    await test.run(["queue", "retry", "two"]);
    expect((await test.run(["deploy"])).stdout).toContain("site/two deployed  http://two.example.org");
  });

  it("does not give away host names of the operator's own domains", async () => {
    const directory = await mkdtemp(join(tmpdir(), "site-defaults-"));
    onTestFinished(async () => await rm(directory, { recursive: true }));
    const file = join(directory, "site-defaults.yaml");
    await writeFile(file, "reservedDomains: [example.com]\n");
    const hostnames = ["b.sites.localhost", "www.example.com", "example.com.example.org"];
    await test.put("a", { company: { name: "A" }, hosting: { hostnames } });
    const { stdout } = await test.run(["deploy", "--defaults-file", file]);
    expect(stdout).toBe(
      "site/a rejected (request a): hosting.hostnames: b.sites.localhost is in the operator's own domain; hosting.hostnames: www.example.com is in the operator's own domain\n",
    );
  });

  it("leaves a name alone that somebody keeps for themselves", async () => {
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "soapsons.site-claim" } };
    await client.request("POST", `/api/v1/namespaces/${test.namespace}/configmaps`, { body });
    await test.put("a", soap);
    expect((await test.run(["deploy"])).stdout).toBe(
      "site/soap-sons rejected (request a): the site name soap-sons is taken\n",
    );
  });

  it("rejects what the operator's limits do not allow, with every violation, before anything is made", async () => {
    const hosting = {
      replicas: 500,
      env: { LD_PRELOAD: "x" },
      resources: { limits: { cpu: "64" } },
      storage: "1Ti",
    };
    await test.put("a", { company: { name: "Greedy" }, hosting });
    const { stdout } = await test.run(["deploy"]);
    for (const part of ["replicas: ", "env-names: ", "cpu", "hosting.storage: 1Ti"])
      expect(stdout).toContain(part);
    expect(await test.get("v1", "configmaps")).toMatchObject({
      items: [{ metadata: { name: "kube-root-ca.crt" } }],
    });
  });

  it("fails a site whose image cannot be had, with the pods' own reason, and completes it once that is mended", async () => {
    await test.put("a", { ...soap, hosting: { version: "broken" } });
    await test.put("b", { company: { name: "Other" } });
    const { exitCode, stdout } = await test.run(["deploy"]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /site\/soap-sons failed \(request a\): .*ImagePullBackOff.*broken.*; it will be tried again/,
    );
    expect(stdout).toContain("site/other deployed");
    const document = await test.read("a");
    expect(document).toMatchObject({
      password: soap.password,
      deployment: { status: "failed", attempts: 1 },
    });
    await patchDeployment("soap-sons", {
      spec: {
        template: {
          spec: { containers: [{ name: "subscribie", image: "ghcr.io/subscribie/subscribie:v0.10" }] },
        },
      },
    });
    expect(await test.run(["deploy"])).toMatchObject({
      exitCode: 0,
      stderr: "1 deployed, 0 failed, 0 rejected\n",
    });
  });

  it("reports fields that somebody else manages, and does not take them", async () => {
    await test.put("a", soap);
    await test.run(["deploy"]);
    await patchDeployment("soap-sons", { spec: { progressDeadlineSeconds: 77 } });
    await test.put("a", { ...(await test.read("a")), country_code: "FR" });
    const { stdout } = await test.run(["deploy"]);
    expect(stdout).toContain("has fields that somebody else manages: .spec.progressDeadlineSeconds");
    expect(await test.get("apps/v1", "deployments", "soap-sons")).toMatchObject({
      spec: { progressDeadlineSeconds: 77 },
    });
  });

  it("stops at once when RBAC does not allow it, and gives the requests back", async () => {
    await test.put("a", soap);
    const result = await test.run(["deploy"], { kubeconfig: controlPlane.kubeconfigs.stranger });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(
      /^error: .*cannot .* resource.*the role of the deployer has to allow it\n$/,
    );
    expect(await test.read("a")).toMatchObject({ deployment: { status: "queued" } });
  });

  it("lists what became of the requests as JSON", async () => {
    await test.put("a", soap);
    await test.put("b", { company: {} });
    const { stdout } = await test.run(["deploy", "-o", "json"]);
    const result = JSON.parse(stdout);
    expect(result.counts).toEqual({ deployed: 1, failed: 0, rejected: 1 });
    expect(result.sites).toContainEqual(
      expect.objectContaining({ document: "a", name: "soap-sons", outcome: "deployed" }),
    );
  });
});

describe("deploy -f", () => {
  it("deploys payloads from stdin, and brings them up to date when run again", async () => {
    const stdin = JSON.stringify([soap, { company: { name: "Other" } }]);
    const first = await test.run(["deploy", "-f", "-"], { stdin });
    expect(first).toMatchObject({ exitCode: 0, stderr: "2 deployed, 0 failed, 0 rejected\n" });
    const changed = JSON.stringify({ ...soap, country_code: "FR" });
    expect(await test.run(["deploy", "-f", "-"], { stdin: changed })).toMatchObject({ exitCode: 0 });
    const config = await test.get("v1", "configmaps", "soap-sons.config");
    expect(config).toMatchObject({ data: { "shop.json": expect.stringContaining('"country_code":"FR"') } });
  });

  it("says what is wrong with a file, without quoting it", async () => {
    const notJson = await test.run(["deploy", "-f", "-"], { stdin: '{"password": "hunter2' });
    expect(notJson.exitCode).toBe(1);
    expect(notJson.stderr).toMatch(/^error: stdin is not JSON/);
    expect(notJson.stderr).not.toContain("hunter2");
    const noName = await test.run(["deploy", "-f", "-"], { stdin: "{}" });
    expect(noName).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("rejected: company: ") });
  });
});

describe("submit", () => {
  it("queues payloads for deploy, and measures the time from then", async () => {
    const submitted = await test.run(["submit", "-f", "-", "-o", "json"], { stdin: JSON.stringify(soap) });
    const [id] = JSON.parse(submitted.stdout).submitted;
    expect(await test.read(id)).toMatchObject({ ...soap, deployment: { status: "queued" } });
    expect((await test.run(["deploy"])).stdout).toContain("site/soap-sons deployed");
  });

  it("submits nothing when one of the payloads is no site request", async () => {
    const stdin = JSON.stringify([soap, { company: {} }]);
    const result = await test.run(["submit", "-f", "-"], { stdin });
    expect(result).toMatchObject({ exitCode: 1, stdout: "" });
    expect(result.stderr).toMatch(/^error: nothing was submitted: stdin\[1\]: company\.name: /);
    expect((await test.run(["queue", "list"])).stderr).toBe("No requests found.\n");
  });
});

describe("delete", () => {
  it("removes what deploy made, and keeps what cannot be made again, and the name", async () => {
    await test.put("a", { ...soap, hosting: { storage: "1Gi" } });
    await test.run(["deploy"]);
    const { exitCode, stdout } = await test.run(["delete", "soap-sons", "--yes"]);
    expect(exitCode).toBe(0);
    expect(stdout.split("\n")).toContain('deployment.apps "soap-sons" deleted');
    expect(await test.get("v1", "secrets", "soap-sons.secrets")).toBeDefined();
    expect(await test.get("v1", "persistentvolumeclaims", "soap-sons")).toBeDefined();
    expect(await test.get("v1", "configmaps", "soap-sons.config")).toBeUndefined();
    expect(await test.read("a")).toMatchObject({
      deployment: { status: "rejected", error: "an operator deleted the site" },
    });
    const again = `there is no site soap-sons in ${test.namespace} any more; what it left, and its name, go with --purge`;
    expect(await test.run(["delete", "soap-sons", "--yes"])).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: `error: ${again}\n`,
    });

    await test.put("thief", { company: { name: "Soap Sons" } });
    expect((await test.run(["deploy"])).stdout).toContain("taken");
    await test.put("a", { ...(await test.read("a")), country_code: "FR" });
    expect(await test.run(["deploy"])).toMatchObject({ stderr: "Nothing to deploy.\n" });
    await test.run(["queue", "retry", "a"]);
    expect((await test.run(["deploy"])).stdout).toContain("site/soap-sons deployed");
  });

  it("removes everything with --purge, and lets others have the name", async () => {
    await test.put("a", { ...soap, hosting: { storage: "1Gi", hostnames: ["soap.example.org"] } });
    await test.run(["deploy"]);
    const { stdout } = await test.run(["delete", "soap-sons", "--yes", "--purge"]);
    expect(stdout.split("\n")).toEqual(
      expect.arrayContaining([
        'secret "soap-sons.secrets" deleted',
        'persistentvolumeclaim "soap-sons" deleted',
        'configmap "soapsons.site-claim" deleted',
      ]),
    );
    expect(await test.get("v1", "secrets")).toMatchObject({ items: [] });
    await test.put("b", { company: { name: "Soap Sons" }, hosting: { hostnames: ["soap.example.org"] } });
    expect((await test.run(["deploy"])).stdout).toContain("site/soap-sons deployed");
  });

  it("asks first, and refuses what deploy has not made, but deletes the others", async () => {
    expect(await test.run(["delete", "soap-sons"])).toMatchObject({ exitCode: 2, stdout: "" });
    await test.put("a", soap);
    await test.run(["deploy"]);
    const { exitCode, stdout, stderr } = await test.run(["delete", "absent", "soap-sons", "--yes"]);
    expect(stderr).toBe(`error: there is no site absent in ${test.namespace} that deploy has made\n`);
    expect(stdout).toContain('deployment.apps "soap-sons" deleted');
    expect(exitCode).toBe(1);
  });

  it("waits for nobody, and does not delete a site that is just being made", async () => {
    await test.put("a", soap);
    await test.run(["deploy"]);
    const queue = openQueue(test.url);
    await queue.write(claimed(await existing(queue, "a"), "another deployer", Date.now()));
    await client.request("DELETE", deploymentPath("soap-sons"));
    expect(await test.run(["delete", "soap-sons", "--yes"])).toMatchObject({
      exitCode: 1,
      stderr: "error: the site soap-sons is being made at this moment; try again\n",
    });
    expect(await test.get("v1", "services", "soap-sons")).toBeDefined();
  });

  it("wants to be told where a site's request is, so that it is not made again", async () => {
    await test.put("a", soap);
    await test.run(["deploy"]);
    const elsewhere = `${test.url}-other`;
    const result = await test.run([
      "delete",
      "soap-sons",
      "--yes",
      "--couchdb-url",
      withoutCredentials(elsewhere),
    ]);
    expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("name its queue with") });
    expect(await test.get("apps/v1", "deployments", "soap-sons")).toBeDefined();
  });
});
