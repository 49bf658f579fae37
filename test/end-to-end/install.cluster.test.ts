import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { createAuthority, issueCertificate } from "../../webhook/certificates/certificate-authority.ts";
import { chartDirectory, helm, runHelm } from "../chart/helm.ts";
import { type PodProcess, startPodProcess } from "../chart/pod-process.ts";
import { chartNamespace, sitesNamespace } from "../chart/rendered-chart.ts";
import { createApiClient } from "../control-plane/api-client.ts";
import { endOfAuditLog, readAuditLog } from "../control-plane/audit-log.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { freePorts } from "../control-plane/free-ports.ts";
import { installationOn, outside, releaseName, site } from "./installation.ts";

/*
 * The life of an installation, in the order of the chart's README: install, first refused manifest, helm test, upgrade,
 * rollback, no webhook running, emergency, uninstall. On a control plane of its own, because webhook configurations
 * concern everybody's sites. helm and the API server are real; the webhook runs as its Deployment says (pod-process.ts),
 * and the API server reaches it through the chart's Service, whose name is in the certificate.
 */

let controlPlane: ControlPlane;
let webhook: PodProcess | undefined;
let values: object;

const { kubectl, kubectlJson, apply, release, readCaBundle, doctor } = installationOn(() => controlPlane);

beforeAll(async () => {
  const [port] = await freePorts();
  values = {
    // Pod Security would have the first word about pods.
    sites: { createNamespace: true, podSecurity: "" },
    admissionPolicy: { enabled: true },
    limits: { replicas: { maximum: 4 } },
    // Reachable from this machine only; the Service's port is the process's, since nothing forwards between them here.
    webhook: { port, servicePort: port, extraArgs: ["--host=127.0.0.1"] },
  };
  controlPlane = await startControlPlane({ controllers: "fast", auditLog: true, report: () => {} });
});

afterAll(async () => {
  await webhook?.stop();
  await controlPlane.stop();
});

/**
 * Leads the Service to this machine: no kube-proxy is here. Applied as helm, or helm's next apply would meet somebody
 * else's change.
 */
async function leadServiceHere(): Promise<void> {
  const { metadata } = z
    .object({ metadata: z.object({ labels: z.unknown(), annotations: z.unknown() }) })
    .parse(await kubectlJson("get", "service", "-n", chartNamespace, "subscribie-webhook"));
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...metadata, name: "subscribie-webhook", namespace: chartNamespace },
    spec: { type: "ExternalName", externalName: "localhost" },
  };
  const flags = ["--server-side", "--field-manager=helm", "--force-conflicts"];
  const { code, stderr } = await kubectl(["apply", ...flags, "-f", "-"], JSON.stringify(service));
  if (code !== 0) throw new Error(stderr);
}

async function startWebhook(): Promise<PodProcess> {
  await leadServiceHere();
  const started = await startPodProcess(controlPlane, chartNamespace, "subscribie-webhook");
  await expect.poll(() => started.output(), { timeout: 60_000 }).toContain('"msg":"serving"');
  return started;
}

test("helm install: everything is there, and its notes say what to do next", async () => {
  const stdout = await release("install", [chartDirectory, "--create-namespace"], values);
  expect(stdout).toContain(`helm test ${releaseName}`);
  expect(stdout).toContain("kubectl subscribie doctor");
  expect(stdout).toContain(
    "kubectl delete validatingwebhookconfiguration,mutatingwebhookconfiguration subscribie",
  );
  // The pods start although no webhook answers yet: their own namespace is never asked about.
  const rolled = await kubectl([
    "rollout",
    "status",
    "-n",
    chartNamespace,
    "deployment/subscribie-webhook",
    "--timeout=120s",
  ]);
  expect(rolled.stdout).toContain("successfully rolled out");
  const { stdout: pods } = await kubectl(["get", "pods", "-n", chartNamespace, "-o", "name"]);
  expect(pods.trim().split("\n")).toHaveLength(2);
});

test("until a webhook answers, a site is refused by name of the webhook that does not answer", async () => {
  const { code, stderr } = await apply(site());
  expect(code).toBe(1);
  expect(stderr).toContain('failed calling webhook "sites.validate.subscribie.co.uk"');
});

test("the webhook starts with the chart's arguments and account, and the API server trusts its certificate", async () => {
  webhook = await startWebhook();
  const { code, stderr } = await apply(site());
  expect(stderr).not.toContain("failed calling webhook");
  expect(code).toBe(0);
});

test("the first refused manifest names each thing that is wrong, and how it would be right", async () => {
  const { code, stderr } = await apply(site(outside));
  expect(code).toBe(1);
  expect(stderr).toContain('admission webhook "sites.validate.subscribie.co.uk" denied the request');
  for (const control of ["site-labels", "replicas", "host-aliases"]) expect(stderr).toContain(control);
});

test("the README's first refused manifest is refused", async () => {
  const image = "--image=docker.io/library/nginx:latest";
  const { stderr } = await kubectl([
    "create",
    "deployment",
    "bad",
    "-n",
    sitesNamespace,
    image,
    "--replicas=50",
  ]);
  for (const control of ["image-repository", "image-tag", "replicas"]) expect(stderr).toContain(control);
});

test("a site that was silent is labelled and given safe defaults", async () => {
  expect(await kubectlJson("get", "-n", sitesNamespace, "deployment", "shop")).toMatchObject({
    metadata: { labels: { subscribie: "site", "site-name": "shop" } },
    spec: { template: { spec: { enableServiceLinks: false, automountServiceAccountToken: false } } },
  });
});

test("controllers go on making the site's pods, and people's own pods are judged", async () => {
  const rolled = await kubectl([
    "rollout",
    "status",
    "-n",
    sitesNamespace,
    "deployment/shop",
    "--timeout=120s",
  ]);
  expect(rolled.stdout).toContain("successfully rolled out");
  const bare = ["run", "walk-around", "-n", sitesNamespace, "--image=ghcr.io/subscribie/subscribie:v0.10"];
  const { stderr } = await kubectl([...bare, "--overrides", JSON.stringify({ spec: outside.pod })]);
  expect(stderr).toContain("workloads.validate.subscribie.co.uk");
});

test("doctor finds nothing wrong with an installation that is well", async () => {
  expect(await doctor()).toEqual({ code: 0, findings: [], unknown: ["queue"], warnings: [] });
});

test("doctor tells what a person may not look at apart from what is well", async () => {
  const { code, findings, unknown, warnings } = await doctor("stranger");
  expect([code, findings]).toEqual([0, []]);
  expect(warnings).toEqual([expect.stringContaining("limits in namespace subscribie-system cannot be read")]);
  expect(unknown).toEqual([
    "webhook configurations",
    "webhook certificate",
    "webhook answers",
    "namespace labels",
    "sites",
    "pods",
    "rollouts",
    "queue",
  ]);
});

test("doctor names what somebody did to the configurations and the namespace", async () => {
  const configuration = "validatingwebhookconfiguration/subscribie";
  const set = async (patch: object) =>
    await kubectl(["patch", configuration, "--type=json", "-p", JSON.stringify([patch])]);
  const first = "/webhooks/0";
  await set({ op: "replace", path: `${first}/failurePolicy`, value: "Ignore" });
  const label = (value: string) => [
    "label",
    "namespace",
    sitesNamespace,
    `subscribie.co.uk/sites${value}`,
    "--overwrite",
  ];
  await kubectl(label("-"));
  try {
    const { code, findings } = await doctor();
    expect(code).toBe(1);
    expect(findings).toEqual(
      expect.arrayContaining([
        "webhook configurations: every change passes while no webhook answers (failurePolicy Ignore): sites.validate.subscribie.co.uk",
        expect.stringMatching(
          /^namespace labels: namespace subscribie-sites holds sites and is not enforced/,
        ),
      ]),
    );
  } finally {
    await set({ op: "replace", path: `${first}/failurePolicy`, value: "Fail" });
    await kubectl(label("=enforced"));
  }
  await expect.poll(async () => (await doctor()).findings, { timeout: 30_000 }).toEqual([]);
});

/** helm test's program, as its pod would run it, with the account and the role that the hooks give it. */
async function runHelmTest(): Promise<{ code: number; output: string }> {
  const hooks = (
    await helm(["get", "hooks", releaseName, "--namespace", chartNamespace], controlPlane.kubeconfig)
  )
    .split(/^---$/m)
    .filter((text) => /^kind: (?:ServiceAccount|Role|RoleBinding)$/m.test(text));
  const applied = await apply(hooks.join("\n---\n"));
  if (applied.code !== 0) throw new Error(applied.stderr);
  const { stdout: token } = await kubectl(["create", "token", "-n", chartNamespace, "subscribie-test"]);
  const directory = await mkdtemp(path.join(tmpdir(), "subscribie-account-"));
  await writeFile(`${directory}/token`, token);
  await writeFile(`${directory}/ca.crt`, controlPlane.certificateAuthority);
  const server = new URL(controlPlane.server);
  const child = spawn(process.execPath, [`${chartDirectory}/files/helm-test.mjs`], {
    env: {
      KUBERNETES_SERVICE_HOST: server.hostname,
      KUBERNETES_SERVICE_PORT: server.port,
      ACCOUNT_DIRECTORY: directory,
      SITES_NAMESPACE: sitesNamespace,
      IMAGE: "ghcr.io/subscribie/subscribie:v0.10",
    },
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const [code] = z.tuple([z.number(), z.unknown()]).parse(await once(child, "close"));
  await rm(directory, { recursive: true });
  return { code, output };
}

test("helm test passes, and creates nothing", async () => {
  expect(await runHelmTest()).toEqual({
    code: 0,
    output: "ok: a site with another site's label is refused\nok: a site is let in, and labelled\n",
  });
  const { stdout } = await kubectl(["get", "deployments", "-n", sitesNamespace, "-o", "name"]);
  expect(stdout).toBe("deployment.apps/shop\n");
});

test("helm upgrade changes the limits without a restart of anything, and keeps the certificate", async () => {
  const before = {
    caBundle: await readCaBundle(),
    secret: await kubectlJson("get", "secret", "-n", chartNamespace, "subscribie-webhook-certificate"),
    site: await kubectlJson("get", "deployment", "-n", sitesNamespace, "shop"),
    webhook: await kubectlJson("get", "deployment", "-n", chartNamespace, "subscribie-webhook"),
  };
  values = { ...values, limits: { replicas: { maximum: 2 } } };
  await release("upgrade", [chartDirectory], values);
  await leadServiceHere();
  const data = (object: unknown) => z.object({ data: z.unknown() }).parse(object).data;
  const spec = (object: unknown) => z.object({ spec: z.unknown() }).parse(object).spec;
  expect(await readCaBundle()).toBe(before.caBundle);
  expect(
    data(await kubectlJson("get", "secret", "-n", chartNamespace, "subscribie-webhook-certificate")),
  ).toEqual(data(before.secret));
  expect(spec(await kubectlJson("get", "deployment", "-n", sitesNamespace, "shop"))).toEqual(
    spec(before.site),
  );
  expect(spec(await kubectlJson("get", "deployment", "-n", chartNamespace, "subscribie-webhook"))).toEqual(
    spec(before.webhook),
  );

  await webhook?.syncVolumes();
  const scale = async () =>
    (await kubectl(["scale", "-n", sitesNamespace, "deployment/shop", "--replicas=3"])).stderr;
  await expect.poll(scale, { timeout: 30_000 }).toContain("replicas");
});

test("helm rollback brings the limits before back", async () => {
  await release("rollback", ["1"]);
  await leadServiceHere();
  await webhook?.syncVolumes();
  const scale = async () =>
    (await kubectl(["scale", "-n", sitesNamespace, "deployment/shop", "--replicas=3"])).stdout;
  await expect.poll(scale, { timeout: 30_000 }).toContain("scaled");
});

test("while no webhook runs, sites go on and are not changed, and the chart's own pods can start", async () => {
  await webhook?.stop();
  webhook = undefined;
  const { stderr } = await kubectl([
    "set",
    "image",
    "-n",
    sitesNamespace,
    "deployment/shop",
    "subscribie=ghcr.io/subscribie/subscribie:v0.11",
  ]);
  expect(stderr).toContain('failed calling webhook "sites.validate.subscribie.co.uk"');
  const { code, findings } = await doctor();
  expect(code).toBe(1);
  expect(findings).toEqual([
    expect.stringMatching(/^webhook answers: the API server cannot reach the webhook/),
  ]);
  await kubectl(["delete", "pods", "-n", chartNamespace, "--all", "--wait=false"]);
  const rolled = await kubectl([
    "rollout",
    "status",
    "-n",
    chartNamespace,
    "deployment/subscribie-webhook",
    "--timeout=120s",
  ]);
  expect(rolled.stdout).toContain("successfully rolled out");
  // A lost pod of a site comes back, because its controller is not asked about.
  await kubectl(["delete", "pods", "-n", sitesNamespace, "--all", "--wait=false"]);
  const site = await kubectl([
    "rollout",
    "status",
    "-n",
    sitesNamespace,
    "deployment/shop",
    "--timeout=120s",
  ]);
  expect(site.stdout).toContain("successfully rolled out");
});

test("doctor names what is wrong with the certificate and with the trust in it", async () => {
  const secret = ["secret", "subscribie-webhook-certificate", "-n", chartNamespace];
  const { data } = z.object({ data: z.unknown() }).parse(await kubectlJson("get", ...secret));
  const keep = async (fields: object) =>
    await kubectl(["patch", ...secret, "--type=merge", "-p", JSON.stringify({ data: fields })]);
  const trust = async (entry: number, authority: string) =>
    await kubectl([
      "patch",
      `validatingwebhookconfiguration/${releaseName}`,
      "--type=json",
      "-p",
      JSON.stringify([
        {
          op: "replace",
          path: `/webhooks/${entry}/clientConfig/caBundle`,
          value: Buffer.from(authority).toString("base64"),
        },
      ]),
    ]);
  const validity = (days: number) => ({ now: Date.now() - 90 * 86_400_000, days: 90 + days });
  const authority = await createAuthority(validity(10));
  const expired = await issueCertificate(authority, ["another.subscribie-system.svc"], validity(-1));
  await keep({ "tls.crt": Buffer.from(expired.certificate).toString("base64") });
  await trust(0, "");
  await trust(1, authority.certificate);
  const { code, findings } = await doctor();
  expect(code).toBe(1);
  const certificate =
    "webhook certificate: the webhook's certificate in Secret subscribie-system/subscribie-webhook-certificate";
  expect(findings).toEqual(
    expect.arrayContaining([
      "webhook configurations: no authority is trusted (caBundle is empty), so the API server cannot call the webhook: sites.validate.subscribie.co.uk",
      "webhook configurations: no trusted authority is valid for 14 more days: labelled-sites.validate.subscribie.co.uk",
      `${certificate} has expired`,
      `${certificate} is not for subscribie-webhook.subscribie-system.svc, by which the API server calls it`,
      "webhook certificate: the authority that signed the webhook's certificate is not trusted: sites.mutate.subscribie.co.uk, labelled-sites.mutate.subscribie.co.uk, workloads.validate.subscribie.co.uk",
    ]),
  );

  await keep({ "tls.crt": null });
  expect((await doctor()).findings).toContainEqual(
    expect.stringContaining("subscribie-webhook-certificate holds no certificate for the webhook"),
  );
  await keep(z.record(z.string(), z.string()).parse(data));
});

test("the emergency command lets changes pass, but for the worst, which the API server itself refuses", async () => {
  const emergency = ["delete", "validatingwebhookconfiguration,mutatingwebhookconfiguration", releaseName];
  expect((await kubectl(emergency)).code).toBe(0);
  const image = [
    "set",
    "image",
    "-n",
    sitesNamespace,
    "deployment/shop",
    "subscribie=ghcr.io/subscribie/subscribie:v0.11",
  ];
  await expect.poll(async () => (await kubectl(image)).code, { timeout: 30_000 }).toBe(0);
  const { findings } = await doctor();
  expect(findings.map((finding) => finding.split(":")[0])).toEqual([
    "webhook configurations",
    "webhook configurations",
    "webhook answers",
  ]);
  const { stderr } = await apply(site({ name: "bad", pod: { hostNetwork: true } }));
  expect(stderr).toContain("ValidatingAdmissionPolicy 'subscribie'");
  expect(stderr).toContain("hostNetwork");
});

test("the API server's own policy refuses the worst in whatever makes pods, and lets the rest be", async () => {
  const container = { name: "a", image: "ghcr.io/subscribie/subscribie:v0.10" };
  const worst: readonly object[] = [
    { hostPID: true, containers: [container] },
    { hostIPC: true, containers: [container] },
    { containers: [container], volumes: [{ name: "a", hostPath: { path: "/" } }] },
    { containers: [{ ...container, securityContext: { privileged: true } }] },
    {
      containers: [container],
      initContainers: [{ ...container, name: "b", securityContext: { privileged: true } }],
    },
    { containers: [{ ...container, securityContext: { capabilities: { add: ["SYS_ADMIN"] } } }] },
  ];
  const usual = {
    containers: [{ ...container, securityContext: { capabilities: { add: ["NET_BIND_SERVICE"] } } }],
  };
  const client = createApiClient(controlPlane);
  const create = async (path: string, body: object) => {
    const dryRun = `${path.replace("NAMESPACE", `namespaces/${sitesNamespace}`)}?dryRun=All`;
    return (await client.request("POST", dryRun, { body: { ...body, metadata: { name: "a" } } })).status;
  };
  const job = (spec: object) => ({ spec: { template: { spec: { ...spec, restartPolicy: "Never" } } } });
  try {
    for (const [spec, status] of [...worst.map((bad) => [bad, 422] as const), [usual, 201] as const]) {
      const answers = await Promise.all([
        create("/api/v1/NAMESPACE/pods", { apiVersion: "v1", kind: "Pod", spec }),
        create("/apis/batch/v1/NAMESPACE/jobs", { apiVersion: "batch/v1", kind: "Job", ...job(spec) }),
        create("/apis/batch/v1/NAMESPACE/cronjobs", {
          apiVersion: "batch/v1",
          kind: "CronJob",
          spec: { schedule: "@daily", jobTemplate: job(spec) },
        }),
      ]);
      expect({ spec, answers }).toEqual({ spec, answers: [status, status, status] });
    }
  } finally {
    client.close();
  }
});

test("helm upgrade brings the webhook configurations back, and the webhook their trust", async () => {
  await release("upgrade", [chartDirectory], values);
  webhook = await startWebhook();
  await expect.poll(readCaBundle, { timeout: 60_000 }).toBeTruthy();
  const bad = async () => (await apply(site(outside))).stderr;
  await expect.poll(bad, { timeout: 60_000 }).toContain("denied the request");
});

test("uninstalled in the README's order, the sites are left and nothing else", async () => {
  await webhook?.stop();
  webhook = undefined;
  await kubectl(["delete", "validatingwebhookconfiguration,mutatingwebhookconfiguration", releaseName]);
  await release("uninstall", ["--wait"]);
  const { stdout: kinds } = await kubectl(["api-resources", "--verbs=list,delete", "-o", "name"]);
  // Endpoints are the control plane's to remove, which for a Service that was led elsewhere takes its time.
  const ours = kinds.split("\n").filter((kind) => kind !== "" && !kind.startsWith("endpoint"));
  const labels = `app.kubernetes.io/instance=${releaseName},app.kubernetes.io/component!=test`;
  const left = ["get", ours.join(","), "-A", "-l", labels, "-o", "name"];
  const kept = ["get", "secrets,leases,services,deployments", "-n", chartNamespace, "-o", "name"];
  expect((await kubectl(kept)).stdout).toBe("");
  // The garbage collector comes a moment later.
  await expect
    .poll(async () => (await kubectl(left)).stdout, { timeout: 60_000 })
    .toBe(`namespace/${sitesNamespace}\n`);
  expect(await kubectlJson("get", "deployment", "-n", sitesNamespace, "shop")).toMatchObject({
    status: { readyReplicas: 3 },
  });
});

// A helm 3 removes them last.
test.skipIf(process.env["SUBSCRIBIE_TEST_HELM"] !== undefined)(
  "helm 4 removes the webhook configurations first by itself",
  async () => {
    await helm(
      ["install", releaseName, chartDirectory, "--namespace", chartNamespace],
      controlPlane.kubeconfig,
    );
    const log = controlPlane.auditLog ?? "";
    const from = await endOfAuditLog(log);
    await release("uninstall", ["--wait"]);
    const requests = await readAuditLog(log, { userAgent: "Helm/", from });
    const deleted = requests
      .filter(({ verb }) => verb === "delete")
      .map(({ objectRef }) => objectRef.resource);
    expect(deleted.slice(0, 2)).toEqual(["validatingwebhookconfigurations", "mutatingwebhookconfigurations"]);
  },
);

test("a second release beside the first is refused, for the role for people is there already", async () => {
  await helm(["install", "one", chartDirectory, "--namespace", chartNamespace], controlPlane.kubeconfig);
  const second = await runHelm(
    ["install", "two", chartDirectory, "--namespace", chartNamespace],
    controlPlane.kubeconfig,
  );
  expect(second.stderr).toContain("subscribie-operator");
  await helm(["uninstall", "one", "--namespace", chartNamespace], controlPlane.kubeconfig);
});
