import { randomBytes } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import * as z from "zod";
import { createApiClient } from "../../shared/cluster/api-client.ts";
import { loadConnection } from "../../shared/cluster/kubeconfig.ts";
import { keepCertificate } from "../../webhook/certificates/certificate-keeper.ts";
import type { KeeperOptions } from "../../webhook/certificates/certificate-keeper.ts";
import { certificateDays, splitCertificates } from "../../webhook/certificates/kept-certificates.ts";
import { client, controlPlane, createTestNamespace } from "../control-plane/test-cluster.ts";
import { site } from "../shared/policy/sample-site.ts";
import { configureWebhooks, removeWebhookConfigurations } from "./cluster-webhook.ts";
import { startWebhookProcess } from "./webhook-process.ts";
import type { WebhookProcess } from "./webhook-process.ts";

const day = 86_400_000;
const configuration = `self-${randomBytes(4).toString("hex")}`;
const labels = { "test-webhook": configuration };
const processes: WebhookProcess[] = [];
let system: string;
let shops: string;

beforeAll(async () => {
  system = await createTestNamespace("system");
  shops = await createTestNamespace("shops", labels);
  // Two replicas that start at the same time, before there is any configuration.
  processes.push(...(await Promise.all([startReplica(), startReplica()])));
  const [first] = processes;
  await configureWebhooks(configuration, {
    urls: (endpoint) => `https://127.0.0.1:${first?.port}/${endpoint}`,
    labels,
    elsewhereLabels: labels,
  });
});

afterAll(async () => {
  await removeWebhookConfigurations(configuration);
  await Promise.all(processes.map(async (replica) => await replica.stop()));
});

async function startReplica(): Promise<WebhookProcess> {
  return await startWebhookProcess([
    `--kubeconfig=${controlPlane.kubeconfig}`,
    `--namespace=${system}`,
    "--service=webhook",
    "--certificate-secret=certificate",
    `--webhook-configuration=${configuration}`,
    "--dns-name=127.0.0.1",
  ]);
}

/** A keeper as a replica has one, with a clock of the test's own, and a place for what it logs. */
function keeper(now: () => number, log: string[] = []): KeeperOptions {
  const { kubeConfig } = loadConnection({ kubeconfig: controlPlane.kubeconfig }, {});
  return {
    client: createApiClient({ kubeConfig, namespace: system, userAgent: "keeper-test" }),
    namespace: system,
    secret: "certificate",
    webhookConfiguration: configuration,
    names: ["webhook.x.svc", "127.0.0.1"],
    holder: `test-${randomBytes(4).toString("hex")}`,
    log: pino({}, { write: (line: string) => void log.push(line) }),
    now,
    signal: new AbortController().signal,
    propagationMs: 0,
  };
}

const secretSchema = z.object({ data: z.record(z.string(), z.string()) });

async function secret(): Promise<ReadonlyMap<string, string>> {
  const { body } = await client.request("GET", `/api/v1/namespaces/${system}/secrets/certificate`);
  return new Map(
    Object.entries(secretSchema.parse(body).data).map(([key, value]) => [
      key,
      Buffer.from(value, "base64").toString(),
    ]),
  );
}

const configurationSchema = z.object({
  webhooks: z.array(z.object({ clientConfig: z.object({ caBundle: z.string().default("") }) })),
});

/** The authorities that each entry of both configurations trusts. */
async function bundles(): Promise<readonly (readonly string[])[]> {
  const found = await Promise.all(
    ["mutating", "validating"].map((kind) =>
      client.request(
        "GET",
        `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/${configuration}`,
      ),
    ),
  );
  return found.flatMap(({ body }) =>
    configurationSchema
      .parse(body)
      .webhooks.map(({ clientConfig }) =>
        splitCertificates(Buffer.from(clientConfig.caBundle, "base64").toString()),
      ),
  );
}

async function createBadSite(): Promise<{ status: number; body: unknown }> {
  const body = site(["metadata.namespace", shops], ["pod.hostPID", true]);
  return await client.request("POST", `/apis/apps/v1/namespaces/${shops}/deployments?dryRun=All`, { body });
}

it("is made once for two replicas, and trusted by every entry as soon as there are configurations", async () => {
  const data = await secret();
  expect([...data.keys()].toSorted()).toEqual(["ca.crt", "ca.key", "tls.crt", "tls.key"]);
  await expect
    .poll(bundles, { timeout: 30_000, interval: 500 })
    .toEqual(Array.from({ length: 5 }, () => splitCertificates(data.get("ca.crt") ?? "")));
  // And so the API server gets through to the webhook.
  await expect
    .poll(async () => (await createBadSite()).body, { timeout: 10_000 })
    .toMatchObject({
      code: 403,
      message: expect.stringContaining("host-namespaces"),
    });
});

it("is renewed by the same authority a month ahead, once for two renewers, and served without a restart", async () => {
  const before = await secret();
  const later = () => Date.now() + (certificateDays - 20) * day;
  const log: string[] = [];
  const renewers = [keeper(later, log), keeper(later, log)];
  const served = await Promise.all(renewers.map(async (renewer) => await keepCertificate(renewer)));
  const after = await secret();
  // Whoever found the other one renewing serves the old certificate on, until it looks again.
  const known = [before.get("tls.crt"), after.get("tls.crt")];
  for (const { certificate } of served) expect(known).toContain(certificate);
  for (const renewer of renewers)
    expect((await keepCertificate(renewer)).certificate).toBe(after.get("tls.crt"));
  expect(log.filter((line) => line.includes("issued a certificate"))).toHaveLength(1);
  expect(after.get("tls.crt")).not.toBe(before.get("tls.crt"));
  expect(after.get("ca.crt")).toBe(before.get("ca.crt"));
  await expect
    .poll(
      () => processes.every(({ log }) => log.some((line) => line.includes("serving another certificate"))),
      {
        timeout: 40_000,
        interval: 500,
      },
    )
    .toBe(true);
  expect((await createBadSite()).status).toBe(403);
});

it("keeps the old authority trusted beside the new one, also when somebody deletes the Secret", async () => {
  const old = splitCertificates((await secret()).get("ca.crt") ?? "");
  await client.request("DELETE", `/api/v1/namespaces/${system}/secrets/certificate`);
  await keepCertificate(keeper(Date.now));
  const [fresh] = splitCertificates((await secret()).get("ca.crt") ?? "");
  expect(old).not.toContain(fresh);
  for (const bundle of await bundles()) expect(bundle).toEqual([fresh, ...old]);
  // The replicas may still serve what the old authority signed.
  expect((await createBadSite()).status).toBe(403);
});
