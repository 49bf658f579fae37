import { mkdtemp, rm, writeFile } from "node:fs/promises";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { run } from "../../webhook/run.ts";
import type { KeyPair } from "../../webhook/certificates/certificate-authority.ts";
import { site } from "../shared/policy/sample-site.ts";
import { admissionReview } from "./admission-request.ts";
import { createTestCertificates, issueTestCertificate } from "./test-certificates.ts";
import { startWebhookProcess } from "./webhook-process.ts";
import type { WebhookProcess } from "./webhook-process.ts";

// Processes start, and files are looked at every other second.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let directory: string;
let certificates: { authority: KeyPair; serving: KeyPair };
let webhook: WebhookProcess;

const file = (name: string) => path.join(directory, name);
const flags = () => [
  `--tls-cert-file=${file("tls.crt")}`,
  `--tls-private-key-file=${file("tls.key")}`,
  `--limits-file=${file("limits.yaml")}`,
];

async function writeCertificate({ certificate, privateKey }: KeyPair): Promise<void> {
  await writeFile(file("tls.crt"), certificate);
  await writeFile(file("tls.key"), privateKey);
}

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "webhook-"));
  certificates = await createTestCertificates();
  await writeCertificate(certificates.serving);
  await writeFile(file("limits.yaml"), "");
  webhook = await startWebhookProcess(flags());
});

afterAll(async () => {
  await webhook.stop();
  await rm(directory, { recursive: true });
});

/** The text of an answer; the connection is new. */
async function ask(method: "GET" | "POST", url: string, body?: object): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = {
    host: "127.0.0.1",
    port: webhook.port,
    path: url,
    method,
    ca: certificates.authority.certificate,
    headers: { "content-type": "application/json" },
    agent: false as const,
  };
  const outgoing = https.request(options, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    response.on("end", () => resolve(text));
  });
  outgoing.on("error", reject);
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  return await promise;
}

/** Whether a site of two pods is allowed. */
async function isAllowed(): Promise<boolean> {
  const answer = await ask("POST", "/validate", admissionReview({ object: site(["spec.replicas", 2]) }));
  return answer.includes('"allowed":true');
}

/** The lines of one metric, as Prometheus reads them. */
async function metric(name: string): Promise<string[]> {
  const lines = (await ask("GET", "/metrics")).split("\n");
  return lines.filter((line) => line.startsWith(`subscribie_webhook_${name}{`));
}

const logged = (text: string) => webhook.log.some((line) => line.includes(text));

it("reads changed limits again, and keeps the last good ones when they are broken", async () => {
  expect(await isAllowed()).toBe(true);
  await writeFile(file("limits.yaml"), "replicas: {maximum: 1}");
  await expect.poll(isAllowed, { timeout: 60_000 }).toBe(false);
  await writeFile(file("limits.yaml"), "replicas: {maximun: 9}");
  await expect.poll(() => logged("the limits before it stay in force"), { timeout: 60_000 }).toBe(true);
  expect(await isAllowed()).toBe(false);
  await writeFile(file("limits.yaml"), "");
  await expect.poll(isAllowed, { timeout: 60_000 }).toBe(true);
});

it("says in its metrics which limits are in force, and that a file could not be used", async () => {
  const limits = async () => await metric("limits_info");
  const failures = async () => await metric("reload_failures_total");
  const [before, failuresBefore] = [await limits(), await failures()];
  await writeFile(file("limits.yaml"), "replicas: {maximum: 2}");
  await expect.poll(limits, { timeout: 60_000 }).not.toEqual(before);
  // One version at a time: the one before it is gone.
  const inForce = await limits();
  expect(inForce).toEqual([
    expect.stringMatching(/^subscribie_webhook_limits_info\{version="[0-9a-f]{12}"\} 1$/),
  ]);
  await writeFile(file("limits.yaml"), "replicas: {maximun: 3}");
  await expect.poll(failures, { timeout: 60_000 }).not.toEqual(failuresBefore);
  expect(await limits()).toEqual(inForce);
  await writeFile(file("limits.yaml"), "");
  await expect.poll(limits, { timeout: 60_000 }).not.toEqual(inForce);
});

it("serves a changed certificate, and keeps the last good one while the two files do not match", async () => {
  const next = await issueTestCertificate(certificates.authority);
  await writeFile(file("tls.crt"), next.certificate);
  await expect.poll(() => logged("the one before it stays in force"), { timeout: 60_000 }).toBe(true);
  expect(await isAllowed()).toBe(true);
  await writeFile(file("tls.key"), next.privateKey);
  await expect.poll(() => logged("serving another certificate"), { timeout: 60_000 }).toBe(true);
  expect(await isAllowed()).toBe(true);
});

it("ends with code 0 on SIGTERM", async () => {
  const other = await startWebhookProcess(flags());
  expect(await other.stop("SIGTERM")).toBe(0);
});

it("does not start with limits or certificates that cannot be used", async () => {
  await writeFile(file("broken.yaml"), "controls: {privileged: off}");
  await expect(startWebhookProcess([...flags(), `--limits-file=${file("broken.yaml")}`])).rejects.toThrow(
    /error: .*broken\.yaml: controls\.privileged/,
  );
  const missing = [`--tls-cert-file=${file("missing")}`, `--tls-private-key-file=${file("tls.key")}`];
  await expect(startWebhookProcess(missing)).rejects.toThrow(/error: cannot read .*missing/);
});

it("tells wrong usage by exit code 2", async () => {
  expect(await run(["--prot", "1"])).toBe(2);
});
