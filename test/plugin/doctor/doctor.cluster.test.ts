import { beforeAll, expect, test } from "vitest";
import { doctorCommand } from "../../../plugin/commands/doctor.ts";
import { createRolloutStore } from "../../../plugin/rollout/rollout-store.ts";
import { createApiClient } from "../../../shared/cluster/api-client.ts";
import { loadConnection } from "../../../shared/cluster/kubeconfig.ts";
import type { RolloutRecord } from "../../../shared/rollout/rollout-record.ts";
import { createSites } from "../../control-plane/sites.ts";
import { client, controlPlane, createTestNamespace, kubectl } from "../../control-plane/test-cluster.ts";
import { memoryIo } from "../memory-io.ts";

/*
 * What doctor finds besides the webhooks, which end-to-end/install.cluster.test.ts has in their place. The control plane
 * is shared and has no webhook of ours, which doctor rightly finds each time.
 */

let namespace: string;

beforeAll(async () => {
  namespace = await createTestNamespace("doctor");
});

/** The report's lines about one check. */
async function examine(
  check: string,
  options: { args?: readonly string[]; env?: Readonly<Record<string, string>>; now?: () => number } = {},
): Promise<string> {
  const { io, written } = memoryIo({
    env: { KUBECONFIG: controlPlane.kubeconfig, ...options.env },
    now: options.now ?? Date.now,
  });
  const args = ["-n", namespace, "--system-namespace", namespace, ...(options.args ?? [])];
  expect(await doctorCommand.execute(args, io)).toBe(1);
  const { stdout, stderr } = await written();
  expect(stderr).toBe("");
  const lines = stdout.split("\n");
  const start = lines.findIndex((line) => line.slice(8).startsWith(check));
  const length = lines.slice(start + 1).findIndex((line) => !line.startsWith("        "));
  return lines.slice(start, start + 1 + length).join("\n");
}

test("versions are shown", async () => {
  expect(await examine("versions")).toMatch(/^ok {6}versions: plugin v\S+, Node\.js v\S+, API server v\S+$/);
});

test("a queue that does not answer is found, without its password", async () => {
  const env = { SUBSCRIBIE_COUCHDB_URL: "http://ann:secret@127.0.0.1:1/subscribie" };
  const lines = await examine("queue", { env });
  expect(lines).toMatch(/^problem queue\n {8}- .*127\.0\.0\.1:1.*\n {10}fix: /);
  expect(lines).not.toContain("secret");
});

test("sites outside the limits, and those that may go offline, are counted and named", async () => {
  expect(await examine("sites")).toBe("ok      sites: 0 sites");
  await createSites(client, namespace, 7, { image: "docker.io/library/nginx:latest" });
  const lines = await examine("sites");
  expect(lines).toContain(`7 sites are outside the limits: ${namespace}/site-00001, `);
  expect(lines).toContain(`${namespace}/site-00005 and 2 more`);
  expect(lines).toContain(`fix: kubectl subscribie audit -n ${namespace}`);
});

test("a namespace with sites that is not enforced is found, with the command that mends it", async () => {
  const lines = await examine("namespace labels");
  const fix = `kubectl label namespace ${namespace} subscribie.co.uk/sites=enforced`;
  expect(lines).toContain(`fix: ${fix}`);
});

test("a pod that a dead node keeps is found, with the command that frees its site", async () => {
  const metadata = {
    name: "kept",
    namespace,
    labels: { subscribie: "site", "site-name": "kept" },
    finalizers: ["subscribie.co.uk/test"],
  };
  const spec = { containers: [{ name: "subscribie", image: "ghcr.io/subscribie/subscribie:v0.10" }] };
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  await client.request("POST", pods, { body: { apiVersion: "v1", kind: "Pod", metadata, spec } });
  await kubectl(["delete", "pod", "kept", "-n", namespace, "--wait=false"]);
  expect(await examine("stuck pods")).toMatch(/^ok /);
  const later = () => Date.now() + 600_000;
  const lines = await examine("stuck pods", { now: later });
  expect(lines).toContain(
    `fix: if that node is really gone: kubectl delete pod -n ${namespace} kept --force`,
  );
  const freed = [{ op: "remove", path: "/metadata/finalizers" }];
  await client.request("PATCH", `${pods}/kept`, { body: freed, contentType: "application/json-patch+json" });
});

test("a record that cannot be read is found", async () => {
  const metadata = { name: "subscribie-rollout-broken", labels: { "subscribie.co.uk/record": "rollout" } };
  await client.request("POST", `/api/v1/namespaces/${namespace}/configmaps`, {
    body: { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "rollout.json": "{" } },
  });
  expect(await examine("rollouts")).toContain("subscribie-rollout-broken");
});

/** An unfinished rollout, as its driver would have recorded it. */
function record(id: string, phase: RolloutRecord["phase"]): RolloutRecord {
  const time = new Date().toISOString();
  return {
    version: 1,
    id,
    kind: "upgrade",
    target: "v0.11",
    container: "subscribie",
    selection: { namespace, names: [], exclude: [] },
    strategy: {
      canary: [],
      soakMs: 0,
      inFlight: { count: 1 },
      inFlightAtLeast: 1,
      maxFailures: { count: 0 },
      onFailure: "pause",
    },
    phase,
    startedAt: time,
    updatedAt: time,
    startedBy: "ann",
    supersedes: [],
    counts: { total: 1, updated: 0, unchanged: 0, failed: 0, skipped: 0, pending: 1 },
    from: [],
  };
}

test("a rollout that nobody drives, and one that is forgotten, are found", async () => {
  const { signal } = new AbortController();
  const api = createApiClient({
    ...loadConnection({ namespace }, { KUBECONFIG: controlPlane.kubeconfig }),
    userAgent: "test",
  });
  try {
    const store = createRolloutStore(api, namespace, signal);
    await store.save(record("u-20260101-000001-aaaa", "Progressing"));
    await store.save(record("u-20260101-000002-bbbb", "Paused"));
  } finally {
    api.close();
  }
  const now = await examine("rollouts");
  expect(now).toContain("rollout u-20260101-000001-aaaa is under way and nobody drives it");
  expect(now).not.toContain("bbbb");
  const later = () => Date.now() + 48 * 3_600_000;
  expect(await examine("rollouts", { now: later })).toContain(
    "rollout u-20260101-000002-bbbb has been paused since",
  );
});

test("what every command needs is a table, with what is missing", async () => {
  const { io, written } = memoryIo({ env: { KUBECONFIG: controlPlane.kubeconfigs.stranger }, now: Date.now });
  // Nothing can be looked at, so nothing is found.
  expect(await doctorCommand.execute(["-n", namespace, "-o", "json"], io)).toBe(0);
  const { stdout } = await written();
  expect(JSON.parse(stdout)).toMatchObject({
    permissions: expect.arrayContaining([
      { command: "sites", missing: ["get apps/deployments", "list apps/deployments"] },
    ]),
  });
});

test("an API server that is not there is one error, not a finding each", async () => {
  const { io } = memoryIo({ env: { KUBECONFIG: controlPlane.kubeconfig }, now: Date.now });
  await expect(doctorCommand.execute(["--server", "https://127.0.0.1:1"], io)).rejects.toThrow("127.0.0.1:1");
});
