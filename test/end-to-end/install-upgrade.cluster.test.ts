import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import {
  createAuthority,
  issueCertificate,
  type KeyPair,
} from "../../webhook/certificates/certificate-authority.ts";
import { foreignDefinitions } from "../chart/foreign-definitions.ts";
import { type PackagedChart, packageChart } from "../chart/packaged-chart.ts";
import { type PodProcess, startPodProcess } from "../chart/pod-process.ts";
import { chartNamespace, sitesNamespace } from "../chart/rendered-chart.ts";
import { type ServiceForwarder, startServiceForwarder } from "../chart/service-forwarder.ts";
import { createApiClient } from "../control-plane/api-client.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { eventually } from "./eventually.ts";
import { installationOn, outside, releaseName, site } from "./installation.ts";

/*
 * The day of an upgrade, while a site runs and changes of sites go on: from an earlier chart, back, and from one mode of
 * certificates to another, as the chart's README says. The webhook's pods run as their Deployment says (pod-process.ts),
 * behind a forwarder in place of kube-proxy.
 */

let controlPlane: ControlPlane;
let service: ServiceForwarder;
let earlier: PackagedChart;
let current: PackagedChart;
let directory: string;
const backends: PodProcess[] = [];

const { kubectl, kubectlJson, apply, release, readCaBundle, doctor } = installationOn(() => controlPlane);

/** The Service leads to this machine: no kube-proxy is here. */
const serviceHere = {
  "templates/webhook/deployment.yaml": (text: string) =>
    text.replace(
      / {2}type: ClusterIP\n {2}selector:\n.*\n/,
      "  type: ExternalName\n  externalName: localhost\n",
    ),
};

/** As if the current version had brought the API server's own policy. */
const beforeAdmissionPolicy = {
  "values.yaml": (text: string) => text.replace(/^admissionPolicy:\n(?: .*\n)*/m, ""),
  "values.schema.json": (text: string) => text.replace('"admissionPolicy": {', '"policyThatWasDropped": {'),
};

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "subscribie-certificates-"));
  service = await startServiceForwarder();
  [earlier, current] = await Promise.all([
    packageChart({
      version: "0.0.1",
      without: ["templates/admission-policy.yaml"],
      files: { ...serviceHere, ...beforeAdmissionPolicy },
    }),
    packageChart({ version: "9.9.9", files: serviceHere }),
  ]);
  controlPlane = await startControlPlane({ controllers: "fast", report: () => {} });
  const values = {
    sites: { createNamespace: true, podSecurity: "" },
    limits: { replicas: { maximum: 4 } },
    webhook: {
      servicePort: service.port,
      // The forwarder is told at once of a pod that stops.
      shutdownDelaySeconds: 1,
      extraArgs: ["--host=127.0.0.1", "--port=0"],
    },
  };
  await release("install", [earlier.archive, "--create-namespace"], values);
  await startBackend();
  await startBackend();
  const applied = await apply(site());
  if (applied.code !== 0) throw new Error(applied.stderr);
  await kubectl(["rollout", "status", "-n", sitesNamespace, "deployment/shop", "--timeout=120s"]);
  if ((await sitePods()).length !== 1) throw new Error("the site does not run");
});

afterAll(async () => {
  await Promise.all(backends.map(async (backend) => await backend.stop()));
  await service.close();
  await controlPlane.stop();
  await Promise.all([earlier.remove(), current.remove(), rm(directory, { recursive: true })]);
});

function leadService(): void {
  service.leadTo(backends.flatMap((backend) => backend.port() ?? []));
}

/** Another pod of the webhook, as its Deployment is now; it takes part once it serves. */
async function startBackend(): Promise<PodProcess> {
  const backend = await startPodProcess(controlPlane, chartNamespace, "subscribie-webhook");
  backends.push(backend);
  await eventually(() => backend.port(), expect.any(Number));
  leadService();
  return backend;
}

/** Ends the oldest pod of the webhook: it is told to stop, and leaves the Service at the same time. */
async function stopOldest(): Promise<void> {
  const oldest = backends.shift();
  const ended = oldest?.stop();
  leadService();
  await ended;
}

/** The pods of a changed Deployment take the places of those before, one after another. */
async function rollBackends(): Promise<void> {
  for (const _ of backends.slice()) {
    await startBackend();
    await stopOldest();
  }
}

/** Gives one pod less time than the API server's watch of a configuration needs. */
const pauseMs = 20;

/**
 * Has sites created all the time, as dry runs, one within the limits and one outside, while something happens.
 * @returns how many were answered, and every answer that was not the one to expect
 */
async function underLoad(happen: () => Promise<void>) {
  const client = createApiClient(controlPlane);
  const unexpected: string[] = [];
  let answered = 0;
  const over = new AbortController();
  async function create(body: string, isExpected: (status: number, text: string) => boolean): Promise<void> {
    while (!over.signal.aborted) {
      const deployments = `/apis/apps/v1/namespaces/${sitesNamespace}/deployments?dryRun=All`;
      const answer = await client.request("POST", deployments, { body: JSON.parse(body) });
      const text = JSON.stringify(answer.body);
      if (!isExpected(answer.status, text)) unexpected.push(`${answer.status}: ${text.slice(0, 300)}`);
      answered += 1;
      await delay(pauseMs);
    }
  }
  const loads = [
    create(
      site({ name: "probe" }),
      (status, text) => status === 201 && text.includes('"enableServiceLinks":false'),
    ),
    create(site(outside), (status, text) => status === 403 && text.includes("denied the request")),
  ];
  try {
    await happen();
  } finally {
    over.abort();
    await Promise.all(loads);
    client.close();
  }
  return { answered, unexpected };
}

const podList = z.object({ items: z.array(z.object({ metadata: z.object({ uid: z.string() }) })) });

/** The site's pods, by uid: the same for as long as nothing restarts it. */
async function sitePods(): Promise<readonly string[]> {
  const pods = podList.parse(await kubectlJson("get", "pods", "-n", sitesNamespace, "-l", "site-name=shop"));
  return pods.items.map(({ metadata }) => metadata.uid);
}

const secretSchema = z.object({ data: z.record(z.string(), z.string()).default({}) });

async function readSecret(name: string): Promise<Readonly<Record<string, string>>> {
  const { data } = secretSchema.parse(await kubectlJson("get", "secret", "-n", chartNamespace, name));
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

async function writeSecret(name: string, pair: KeyPair, authority: string): Promise<void> {
  const stringData = { "tls.crt": pair.certificate, "tls.key": pair.privateKey, "ca.crt": authority };
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: chartNamespace },
    type: "kubernetes.io/tls",
    stringData,
  };
  expect((await apply(JSON.stringify(secret))).stderr).toBe("");
}

const host = `subscribie-webhook.${chartNamespace}.svc`;

async function issue(authority: KeyPair): Promise<KeyPair> {
  return await issueCertificate(authority, [host], { now: Date.now(), days: 90 });
}

/** As often as it takes: each pod of the webhook says that it serves another certificate than before. */
async function untilAllServe(count: number): Promise<void> {
  const served = (backend: PodProcess) => backend.output().split("serving another certificate").length - 1;
  await eventually(
    () => backends.map(served),
    backends.map(() => count),
  );
}

/** The README's command for an upgrade. */
async function upgrade(...flags: readonly string[]): Promise<string> {
  return await release("upgrade", [current.archive, "--reset-then-reuse-values", ...flags]);
}

test("from an earlier chart: the site runs on, every change is answered, old and new renew one certificate", async () => {
  const pods = await sitePods();
  const before = await readSecret("subscribie-webhook-certificate");
  const { answered, unexpected } = await underLoad(async () => {
    const notes = await upgrade("--set", "limits.replicas.maximum=3", "--set", "webhook.replicas=3");
    expect(notes).toContain("Subscribie 9.9.9 is installed");
    // A pod of each version is there when a certificate is due.
    const due = JSON.stringify({ data: { "tls.crt": null, "tls.key": null } });
    const secret = ["secret", "subscribie-webhook-certificate", "-n", chartNamespace];
    expect((await kubectl(["patch", ...secret, "--type=merge", "-p", due])).code).toBe(0);
    await startBackend();
    await eventually(
      () => backends.slice(0, 2).map((old) => old.output().includes("serving another certificate")),
      [true, true],
    );
    await stopOldest();
    await startBackend();
    await stopOldest();
    await startBackend();
  });
  expect(unexpected).toEqual([]);
  expect(answered).toBeGreaterThan(50);
  const after = await readSecret("subscribie-webhook-certificate");
  expect(after["ca.crt"]).toBe(before["ca.crt"]);
  expect(after["tls.crt"]).not.toBe(before["tls.crt"]);
  const issued = backends.filter((backend) => backend.output().includes("issued a certificate"));
  expect(issued.length).toBeLessThanOrEqual(1);
  expect(await sitePods()).toEqual(pods);
  const { stderr } = await kubectl(["scale", "-n", sitesNamespace, "deployment/shop", "--replicas=4"]);
  expect(stderr).toContain("replicas");
  expect(await doctor()).toEqual({ code: 0, findings: [], unknown: ["queue"], warnings: [] });
});

test("helm rollback: the same, with the limits of before", async () => {
  const pods = await sitePods();
  const { unexpected } = await underLoad(async () => {
    await release("rollback", []);
    await startBackend();
    while (backends.length > 1) await stopOldest();
  });
  expect(unexpected).toEqual([]);
  expect(await sitePods()).toEqual(pods);
  const within = ["scale", "-n", sitesNamespace, "deployment/shop", "--dry-run=server", "--replicas=4"];
  expect((await kubectl(within)).stderr).toBe("");
});

test("to a Secret of one's own: every change is answered, since both authorities are trusted meanwhile", async () => {
  const authority = await createAuthority({ now: Date.now(), days: 365 });
  await writeSecret("own-tls", await issue(authority), authority.certificate);
  const trusted = path.join(directory, "trusted.pem");
  const { "ca.crt": before = "" } = await readSecret("subscribie-webhook-certificate");
  await writeFile(trusted, authority.certificate + before);
  const { unexpected } = await underLoad(async () => {
    await upgrade(
      "--set",
      "webhook.certificates.mode=secret,webhook.certificates.secretName=own-tls",
      "--set-file",
      `webhook.certificates.caBundle=${trusted}`,
      "--force-conflicts",
    );
    await rollBackends();
  });
  expect(unexpected).toEqual([]);
  expect(await doctor()).toEqual({ code: 0, findings: [], unknown: ["queue"], warnings: [] });

  // Renewed by hand: served without a restart.
  const next = await issue(authority);
  await writeSecret("own-tls", next, authority.certificate);
  for (const backend of backends) await backend.syncVolumes();
  await untilAllServe(1);
  expect((await apply(site(outside))).stderr).toContain("denied the request");
  expect(await doctor()).toEqual({ code: 0, findings: [], unknown: ["queue"], warnings: [] });
});

const configurationSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
  webhooks: z.array(z.object({ name: z.string() })),
});
const certificateSchema = z.object({
  spec: z.object({ secretName: z.string(), dnsNames: z.array(z.string()) }),
});

/** What cert-manager does with a Certificate, and its injector with the configurations that name it. */
async function asCertManager(authority: KeyPair): Promise<void> {
  const certificate = await kubectlJson(
    "get",
    "certificates.cert-manager.io",
    "-n",
    chartNamespace,
    "subscribie-webhook",
  );
  const { secretName, dnsNames } = certificateSchema.parse(certificate).spec;
  expect(dnsNames).toContain(host);
  await writeSecret(secretName, await issue(authority), authority.certificate);
  for (const half of ["mutating", "validating"]) {
    const name = `${half}webhookconfiguration/${releaseName}`;
    const { metadata, webhooks } = configurationSchema.parse(await kubectlJson("get", name));
    expect(metadata.annotations["cert-manager.io/inject-ca-from"]).toBe(
      `${chartNamespace}/subscribie-webhook`,
    );
    const caBundle = Buffer.from(authority.certificate).toString("base64");
    const patch = webhooks.map((_, index) => ({
      op: "add",
      path: `/webhooks/${index}/clientConfig/caBundle`,
      value: caBundle,
    }));
    expect((await kubectl(["patch", name, "--type=json", "-p", JSON.stringify(patch)])).code).toBe(0);
  }
}

test("to cert-manager: its certificate is served, and the next one without a restart", async () => {
  const definitions = JSON.stringify({ apiVersion: "v1", kind: "List", items: foreignDefinitions });
  expect((await apply(definitions)).stderr).toBe("");
  await kubectl(["wait", "--for=condition=Established", "crd", "--all"]);
  const authority = await createAuthority({ now: Date.now(), days: 365 });
  await upgrade(
    "--set",
    "webhook.certificates.mode=certManager",
    "--set-string",
    "webhook.certificates.caBundle=",
  );
  await asCertManager(authority);
  await rollBackends();
  expect((await apply(site(outside))).stderr).toContain("denied the request");
  expect(await doctor()).toEqual({ code: 0, findings: [], unknown: ["queue"], warnings: [] });

  const { unexpected } = await underLoad(async () => {
    await asCertManager(authority);
    for (const backend of backends) await backend.syncVolumes();
    await untilAllServe(1);
  });
  expect(unexpected).toEqual([]);
  // Nobody's but cert-manager's: the webhook has no account there.
  expect((await kubectl(["get", "clusterrole", "subscribie-webhook"])).stderr).toContain("not found");
});

test("an upgrade within the mode leaves alone what cert-manager injected", async () => {
  const before = await readCaBundle();
  await upgrade("--set", "limits.replicas.maximum=4");
  expect(await readCaBundle()).toBe(before);
});

test("back to certificates of the webhook's own: it makes them anew, and is trusted", async () => {
  await upgrade("--set", "webhook.certificates.mode=self");
  await rollBackends();
  await eventually(
    async () => (await apply(site(outside))).stderr,
    expect.stringContaining("denied the request"),
  );
  const { "tls.crt": served = "" } = await readSecret("subscribie-webhook-certificate");
  expect(new X509Certificate(served).checkHost(host)).toBe(host);
  expect(await doctor()).toEqual({ code: 0, findings: [], unknown: ["queue"], warnings: [] });
  expect(await sitePods()).toHaveLength(1);
});
