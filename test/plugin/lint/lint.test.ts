import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import * as z from "zod";
import { run } from "../../../plugin/run.ts";
import { changed, pod, site } from "../../shared/policy/sample-site.ts";
import { admissionReview } from "../../webhook/admission-request.ts";
import { memoryIo } from "../memory-io.ts";

let directory: string;
const good = site();
const bad = site(["metadata.name", "bad"], ["pod.hostPID", true]);

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "lint-"));
  await mkdir(path.join(directory, "folder/inner"), { recursive: true });
  await writeFile(path.join(directory, "good.yaml"), stringify(good));
  await writeFile(path.join(directory, "folder/b.json"), JSON.stringify(bad));
  await writeFile(path.join(directory, "folder/a.yml"), stringify(good));
  await writeFile(path.join(directory, "folder/notes.txt"), "not a manifest");
  await writeFile(path.join(directory, "folder/inner/c.yaml"), stringify(pod(["spec.hostPID", true])));
  await writeFile(path.join(directory, "limits.yaml"), "replicas: {maximum: 0}");
  await writeFile(path.join(directory, "wrong.yaml"), "replicas: {maximun: 0}");
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const resultsSchema = z.strictObject({
  results: z.array(
    z.strictObject({
      kind: z.string(),
      namespace: z.string(),
      name: z.string(),
      allowed: z.boolean(),
      violations: z.array(
        z.strictObject({
          control: z.string(),
          path: z.string(),
          found: z.string(),
          allowed: z.string(),
          message: z.string(),
        }),
      ),
      warnings: z.array(z.string()),
    }),
  ),
});

async function lint(args: readonly string[], input = "", env: Record<string, string> = {}) {
  const { io, written } = memoryIo({ stdin: Readable.from([input]), env });
  const code = await run(["lint", ...args], io);
  return { code, ...(await written()) };
}

async function lintJson(input: string, ...args: string[]) {
  const { stdout } = await lint(["-f", "-", "-o", "json", ...args], input);
  return resultsSchema.parse(JSON.parse(stdout)).results;
}

const file = (name: string) => path.join(directory, name);

describe("lint", () => {
  it("says that a good manifest is allowed, and exits with 0", async () => {
    expect(await lint(["-f", file("good.yaml")])).toEqual({
      code: 0,
      stdout: "shops/deployment/soap allowed\n",
      stderr: "1 object, 0 refused\n",
    });
  });

  it("shows every violation in a line, and exits with 1", async () => {
    const { code, stdout, stderr } = await lint(["-f", file("folder/b.json")]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^shops\/deployment\/bad refused, \d+ violations\n {2}site-labels: /);
    expect(stdout).toContain("  host-namespaces: spec.template.spec.hostPID: found true, allowed false\n");
    expect(stderr).toBe("1 object, 1 refused\n");
  });

  it("reads folders in order, and folders within with -R", async () => {
    const { stdout } = await lint(["-f", file("folder")]);
    expect(stdout.match(/^\S+/gm)).toEqual(["shops/deployment/soap", "shops/deployment/bad"]);
    const { stdout: all } = await lint(["-R", "-f", file("folder")]);
    expect(all.match(/^\S+/gm)).toEqual([
      "shops/deployment/soap",
      "shops/deployment/bad",
      "shops/pod/helper",
    ]);
  });

  it("reads several documents, Lists and empty ones from standard input, one result each, in order", async () => {
    const list = {
      apiVersion: "v1",
      kind: "List",
      items: [bad, { kind: "ConfigMap", metadata: { name: "c" } }],
    };
    const results = await lintJson(`---\n---\n${stringify(good)}---\n# nothing\n---\n${stringify(list)}`);
    expect(results.map(({ kind, name, allowed }) => [kind, name, allowed])).toEqual([
      ["Deployment", "soap", true],
      ["Deployment", "bad", false],
      ["ConfigMap", "c", true],
    ]);
  });

  it("gives the verdict that a CREATE would get: silence is filled in first", async () => {
    const [result] = await lintJson(
      stringify({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "bare", labels: null },
        spec: {
          selector: { matchLabels: { app: "bare" } },
          template: {
            metadata: { labels: { app: "bare" } },
            spec: { containers: [{ name: "subscribie", image: "ghcr.io/subscribie/subscribie:v0.10" }] },
          },
        },
      }),
      "-n",
      "shops",
    );
    expect(result).toEqual({
      kind: "Deployment",
      namespace: "shops",
      name: "bare",
      allowed: true,
      violations: [],
      warnings: [],
    });
  });

  it("takes the request out of an AdmissionReview, and for an UPDATE what it replaces", async () => {
    const legacy = changed(good, ["pod.hostPID", true]);
    const reviews = [
      admissionReview({ object: legacy }),
      admissionReview({ object: legacy, oldObject: legacy, operation: "UPDATE" }),
    ];
    const results = await lintJson(reviews.map((review) => JSON.stringify(review)).join("\n---\n"));
    expect(results.map(({ allowed, warnings }) => [allowed, warnings.length])).toEqual([
      [false, 0],
      [true, 1],
    ]);
  });

  it("says of any AdmissionReview what the webhook would: also of deletions, scaling and controllers' pods", async () => {
    const pods = { group: "", version: "v1", resource: "pods" };
    const badPod = pod(["spec.hostPID", true]);
    const scale = (replicas: number) => ({ kind: "Scale", apiVersion: "autoscaling/v1", spec: { replicas } });
    const controller = { username: "system:serviceaccount:kube-system:replicaset-controller" };
    const bare = site(["metadata.labels", undefined], ["container.resources", undefined]);
    const reviews = [
      admissionReview({ operation: "DELETE", object: null, oldObject: bad }),
      admissionReview({ operation: "UPDATE", subResource: "scale", object: scale(99), oldObject: scale(1) }),
      admissionReview({ operation: "UPDATE", subResource: "status", object: bad, oldObject: good }),
      admissionReview({ resource: pods, object: badPod }),
      admissionReview({ resource: pods, object: badPod, userInfo: controller }),
      admissionReview({ operation: "UPDATE", object: bare, oldObject: good }),
      admissionReview({ resource: { group: "apps", version: "v2", resource: "deployments" } }),
      admissionReview({ object: badPod }),
      { kind: "AdmissionReview", request: { object: bad } },
      { kind: "AdmissionReview", request: { operation: "UPDATE", object: bad, oldObject: bad } },
    ];
    const results = await lintJson(reviews.map((review) => JSON.stringify(review)).join("\n---\n"));
    expect(results.map(({ kind, allowed }) => [kind, allowed])).toEqual([
      ["Deployment", true],
      ["Scale", false],
      ["Deployment", true],
      ["Pod", false],
      ["Pod", true],
      ["Deployment", true],
      ["Deployment", false],
      ["Pod", false],
      ["Deployment", false],
      ["Deployment", true],
    ]);
  });

  it("reads YAML as kubectl does: merge keys, and yes and no as truths", async () => {
    const withField = (field: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: soap}
spec:
  selector: {matchLabels: {app: soap}}
  template:
    metadata: {labels: {app: soap}}
    spec:
      ${field}
      containers: [{name: subscribie, image: "ghcr.io/subscribie/subscribie:v0.10"}]
`;
    const results = await lintJson(
      ["hostPID: no", "hostPID: yes", "<<: {hostPID: true}"].map(withField).join("---"),
    );
    expect(results.map(({ violations }) => violations.map(({ path }) => path))).toEqual([
      [],
      ["spec.template.spec.hostPID"],
      ["spec.template.spec.hostPID"],
    ]);
  });

  it("takes a service account's older name as the API does", async () => {
    const results = await lintJson(
      [
        site(["pod.serviceAccountName", "default"], ["pod.serviceAccount", "admin"]),
        site(["pod.serviceAccountName", ""], ["pod.serviceAccount", "admin"]),
      ]
        .map((object) => JSON.stringify(object))
        .join("\n---\n"),
    );
    expect(results.map(({ violations }) => violations.map(({ path }) => path))).toEqual([
      [],
      ["spec.template.spec.serviceAccountName"],
    ]);
  });

  it("reports what is no object of the API", async () => {
    const [result] = await lintJson("just text");
    expect(result).toMatchObject({
      kind: "",
      allowed: false,
      violations: [{ control: "well-formed", path: "kind" }],
    });
  });

  it("takes limits from a file, by flag or by environment", async () => {
    const byFlag = await lint(["-f", file("good.yaml"), "--limits-file", file("limits.yaml")]);
    expect(byFlag.stdout).toContain("replicas: spec.replicas: found 1, allowed 0 to 0");
    const byEnvironment = await lint(["-f", file("good.yaml")], "", {
      SUBSCRIBIE_LIMITS_FILE: file("limits.yaml"),
    });
    expect(byEnvironment.code).toBe(1);
  });

  it("names what is refused, for scripts", async () => {
    const { code, stdout } = await lint(["-f", file("folder"), "-o", "name"]);
    expect([code, stdout]).toEqual([1, "shops/deployment/bad\n"]);
  });

  it.each([
    [[], 2, "lint needs -f FILE"],
    [["-f", "/does/not/exist"], 1, "cannot read /does/not/exist (ENOENT)"],
    [["-f", "-"], 2, "nothing to check"],
    [["--filename=-", "--frobnicate"], 2, "--frobnicate"],
  ])("refuses %j in one line with code %d", async (args, code, message) => {
    const result = await lint(args);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(message);
    expect(result.stderr.trim().split("\n")).toHaveLength(1);
    expect(result.stdout).toBe("");
  });

  it.each([
    ["a: [", "standard input is neither YAML nor JSON"],
    ["a: 1\na: 2", "standard input is neither YAML nor JSON"],
    [
      `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefgh"
        .split("")
        .map((key, index) => `${key}: &${key} [${Array(9).fill(`*${"abcdefg"[index]}`).join(",")}]`)
        .join("\n")}`,
      "standard input is neither YAML nor JSON",
    ],
  ])("says what is wrong with %j", async (input, message) => {
    const result = await lint(["-f", "-"], input);
    expect([result.code, result.stdout]).toEqual([1, ""]);
    expect(result.stderr).toContain(message);
  });

  it("says which limits file cannot be used, and why", async () => {
    const { code, stderr } = await lint(["-f", file("good.yaml"), "--limits-file", file("wrong.yaml")]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/the limits file .*wrong\.yaml cannot be used: .*maximun/);
  });

  it("shows no control characters of a stranger's", async () => {
    const { stdout } = await lint(["-f", "-"], JSON.stringify(site(["metadata.name", "a\u001b[31m\nb"])));
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(stdout.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f]/);
  });
});
