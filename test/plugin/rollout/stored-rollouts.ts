import { once } from "node:events";
import { afterAll } from "vitest";
import { run } from "../../../plugin/run.ts";
import { createRolloutStore, type RolloutStore } from "../../../plugin/rollout/rollout-store.ts";
import { createApiClient, type ApiClient } from "../../../shared/cluster/api-client.ts";
import { acquireLease, type LeaseHold } from "../../../shared/cluster/lease.ts";
import { loadConnection } from "../../../shared/cluster/kubeconfig.ts";
import type { RolloutRecord } from "../../../shared/rollout/rollout-record.ts";
import type { RecordedSite } from "../../../shared/rollout/site-times.ts";
import { client as raw, controlPlane } from "../../control-plane/test-cluster.ts";
import type { User } from "../../control-plane/users.ts";
import { memoryIo } from "../memory-io.ts";

const clients: ApiClient[] = [];

afterAll(() => {
  for (const client of clients) client.close();
});

/** A client of the plugin's own kind, and the store of rollouts in a namespace. */
export function openStore(namespace: string): { readonly client: ApiClient; readonly store: RolloutStore } {
  const connection = loadConnection({ kubeconfig: controlPlane.kubeconfigs.admin }, {});
  const client = createApiClient({ ...connection, userAgent: "record-test" });
  clients.push(client);
  return { client, store: createRolloutStore(client, namespace, new AbortController().signal) };
}

/** The record of an upgrade of two sites that runs, with some things different. */
export function rolloutRecord(different: Partial<RolloutRecord> = {}): RolloutRecord {
  return {
    version: 1,
    id: "u-20261123-203015-aaaa",
    kind: "upgrade",
    target: "v0.11",
    container: "subscribie",
    selection: { names: [], exclude: [] },
    strategy: {
      canary: [],
      soakMs: 0,
      inFlight: { count: 1 },
      inFlightAtLeast: 1,
      maxFailures: { count: 0 },
      onFailure: "pause",
    },
    phase: "Progressing",
    startedAt: "2026-11-23T20:30:15Z",
    updatedAt: "2026-11-23T20:30:15Z",
    startedBy: "sam",
    supersedes: [],
    counts: { total: 2, updated: 1, unchanged: 0, failed: 1, skipped: 0, pending: 0 },
    from: [],
    ...different,
  };
}

/** What became of a site. */
export function siteResult(name: string, outcome: RecordedSite["outcome"], reason = ""): RecordedSite {
  return { namespace: "shops", name, outcome, from: "subscribie:v0.10", to: "subscribie:v0.11", reason };
}

/** Somebody who holds the Lease and renews it, as the driver of a rollout does. */
export async function holdLease(client: ApiClient, namespace: string): Promise<LeaseHold> {
  return await acquireLease(client, {
    namespace,
    name: "subscribie-rollout",
    holder: "ann@laptop-1",
    durationSeconds: 3,
    signal: new AbortController().signal,
  });
}

/** A Lease as somebody leaves it behind who was killed. */
export async function leaveLease(namespace: string, leaseDurationSeconds: number): Promise<void> {
  const time = new Date().toISOString().replace("Z", "000Z");
  const spec = { holderIdentity: "ann@laptop-1", leaseDurationSeconds, acquireTime: time, renewTime: time };
  const body = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "subscribie-rollout" },
    spec,
  };
  const { status } = await raw.request(
    "POST",
    `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`,
    {
      body,
    },
  );
  if (status !== 201) throw new Error(`the Lease could not be created: ${status}`);
}

/** Writes a record's ConfigMap as anybody may who may write ConfigMaps. */
export async function forgeRecord(
  namespace: string,
  name: string,
  record: object,
  data: object = {},
): Promise<void> {
  const body = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, labels: { "subscribie.co.uk/record": "rollout" } },
    data: { "rollout.json": JSON.stringify(record), ...data },
  };
  const { status } = await raw.request("POST", `/api/v1/namespaces/${namespace}/configmaps`, { body });
  if (status !== 201) throw new Error(`the record could not be created: ${status}`);
}

/** Runs `kubectl subscribie ARGS -n NAMESPACE` in this process. */
export async function subscribie(namespace: string, args: readonly string[], user?: User) {
  return await startSubscribie(namespace, args, user).ended;
}

/** The same, to be disturbed once it has said something on stderr. */
export function startSubscribie(namespace: string, args: readonly string[], user: User = "admin") {
  const { io, written } = memoryIo({ env: { KUBECONFIG: controlPlane.kubeconfigs[user] }, now: Date.now });
  const end = async () => {
    const code = await run([...args, "-n", namespace], io);
    return { code, ...(await written()) };
  };
  return { said: once(io.stderr, "readable"), ended: end() };
}
