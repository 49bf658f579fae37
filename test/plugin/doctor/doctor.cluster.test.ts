import { beforeAll, expect, test } from "vitest";
import { doctorCommand } from "../../../plugin/commands/doctor.ts";
import { createRolloutStore } from "../../../plugin/rollout/rollout-store.ts";
import { createApiClient } from "../../../shared/cluster/api-client.ts";
import { loadConnection } from "../../../shared/cluster/kubeconfig.ts";
import type { RolloutRecord } from "../../../shared/rollout/rollout-record.ts";
import { createSites } from "../../control-plane/sites.ts";
import { client, controlPlane, createTestNamespace, kubectl } from "../../control-plane/test-cluster.ts";
import { memoryIo } from "../memory-io.ts";
import { openQueue, startTestCouchdb } from "../queue/queue-under-test.ts";

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
  options: {
    namespace?: string;
    systemNamespace?: string;
    env?: Readonly<Record<string, string>>;
    now?: () => number;
  } = {},
): Promise<string> {
  const { io, written } = memoryIo({
    env: { KUBECONFIG: controlPlane.kubeconfig, ...options.env },
    now: options.now ?? Date.now,
  });
  const args = [
    "-n",
    options.namespace ?? namespace,
    "--system-namespace",
    options.systemNamespace ?? namespace,
  ];
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

test("a queue that nobody prepared is found, with the command that does", async () => {
  const couchdb = await startTestCouchdb();
  try {
    const env = { SUBSCRIBIE_COUCHDB_URL: couchdb.newDatabaseUrl() };
    const lines = await examine("queue", { env });
    expect(lines).toMatch(
      /^problem queue\n {8}- the queue \S+ is not set up.*\n {10}fix: kubectl subscribie queue init$/,
    );
    await openQueue(env.SUBSCRIBIE_COUCHDB_URL).prepare();
    expect(await examine("queue", { env })).toMatch(/^ok {6}queue: \S+ is set up$/);
  } finally {
    await couchdb.stop();
  }
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

test("what an enforced namespace holds without a site's labels is found", async () => {
  const place = await createTestNamespace("plain", { "subscribie.co.uk/sites": "enforced" });
  const labels = { app: "old" };
  const body = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "old" },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "a", image: "a.example/a:1" }] } },
    },
  };
  const created = await client.request("POST", `/apis/apps/v1/namespaces/${place}/deployments`, { body });
  expect(created.status).toBe(201);
  const lines = await examine("namespace labels", { namespace: place });
  expect(lines).toContain(`no rollout takes it along: ${place}/old`);
  expect(lines).toContain("fix: apply its manifest again with the labels subscribie=site and site-name=NAME");
  expect(await examine("namespace labels")).not.toContain(`${place}/old`);
});

const podsPath = () => `/api/v1/namespaces/${namespace}/pods`;

/** A pod of a site, on no node that anybody plays kubelet for. */
async function createPod(name: string, siteName: string, pod: object, status?: object): Promise<void> {
  const metadata = {
    name,
    namespace,
    labels: { subscribie: "site", "site-name": siteName },
    finalizers: ["subscribie.co.uk/test"],
  };
  const containers = [{ name: "subscribie", image: "ghcr.io/subscribie/subscribie:v0.10" }];
  const body = {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: { containers, schedulerName: "nobody", ...pod },
  };
  expect((await client.request("POST", podsPath(), { body })).status).toBe(201);
  if (status === undefined) return;
  const contentType = "application/merge-patch+json";
  const patched = await client.request("PATCH", `${podsPath()}/${name}/status`, {
    body: { status },
    contentType,
  });
  expect(patched.status).toBe(200);
}

/** Whoever plays kubelet to a pod ends it, which its finalizer puts off. */
async function removePods(): Promise<void> {
  const names = ["kept", "kept-2", "old", "new", "homeless"];
  for (const name of names) {
    await kubectl([
      "patch",
      "pod",
      name,
      "-n",
      namespace,
      "--type=merge",
      "-p",
      '{"metadata":{"finalizers":null}}',
    ]);
  }
  await kubectl([
    "delete",
    "pods",
    ...names,
    "-n",
    namespace,
    "--ignore-not-found",
    "--force",
    "--grace-period=0",
  ]);
}

const later = () => Date.now() + 600_000;
const withVolume = { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] };

test("pods that a dead node keeps are found, with the command that frees their sites", async () => {
  await createPod("kept", "kept", { nodeName: "gone" });
  await kubectl(["delete", "pod", "kept", "-n", namespace, "--wait=false"]);
  expect(await examine("pods")).toMatch(/^ok /);
  const force = "--force --grace-period=0";
  expect(await examine("pods", { now: later })).toContain(
    `fix: if that node is really gone: kubectl delete pod -n ${namespace} kept ${force}`,
  );
  await createPod("kept-2", "kept-2", { nodeName: "gone" });
  await kubectl(["delete", "pod", "kept-2", "-n", namespace, "--wait=false"]);
  const lines = await examine("pods", { now: later });
  expect(lines).toContain(
    `not stopped on node gone, long after they should have: ${namespace}/kept, ${namespace}/kept-2;`,
  );
  expect(lines).toContain(
    `kubectl delete pods -n ${namespace} -l subscribie=site --field-selector spec.nodeName=gone ${force}`,
  );
  await removePods();
});

test("that a site with a volume keeps to its node is said, and found where the node has no room", async () => {
  await createPod("old", "kept", { nodeName: "full", ...withVolume });
  expect(await examine("pods")).toMatch(/^ok .*; 1 site with a volume keeps to its node/);
  const message = "0/3 nodes are available: 1 Insufficient memory, 2 didn't match pod affinity rules.";
  const status = {
    conditions: [
      {
        type: "PodScheduled",
        status: "False",
        reason: "Unschedulable",
        message,
        lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ""),
      },
    ],
  };
  await createPod("new", "kept", withVolume, status);
  await createPod("homeless", "other", {}, status);
  expect(await examine("pods")).toMatch(/^ok /);
  const lines = await examine("pods", { now: later });
  expect(lines).toContain(
    `no place on node full, where its site's volume is, for ${namespace}/new: ${message}`,
  );
  expect(lines).toContain(`let the site move, offline meanwhile: kubectl delete pod -n ${namespace} old`);
  expect(lines).toContain(`no node takes ${namespace}/homeless: ${message}`);
  await removePods();
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
  const daysLater = () => Date.now() + 48 * 3_600_000;
  expect(await examine("rollouts", { now: daysLater })).toContain(
    "rollout u-20260101-000002-bbbb has been paused since",
  );
});

test("a Lease that nobody gave back is found, and who has it", async () => {
  const place = await createTestNamespace("lease");
  const renewTime = new Date().toISOString().replace(/Z$/, "000Z");
  await client.request("POST", `/apis/coordination.k8s.io/v1/namespaces/${place}/leases`, {
    body: {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "subscribie-rollout" },
      spec: { holderIdentity: "ann@laptop-1-abc", leaseDurationSeconds: 10, renewTime },
    },
  });
  expect(await examine("rollouts", { systemNamespace: place })).not.toContain("ann@laptop");
  const daysLater = () => Date.now() + 48 * 3_600_000;
  const lines = await examine("rollouts", { systemNamespace: place, now: daysLater });
  expect(lines).toContain(`ann@laptop-1-abc has not given the Lease ${place}/subscribie-rollout back`);
  expect(lines).toContain(`kubectl delete lease -n ${place} subscribie-rollout`);
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
