import { beforeAll, expect, test } from "vitest";
import * as z from "zod";

import { endOfAuditLog, readAuditLog } from "./audit-log.ts";
import { createSites, isAvailable, waitForSites } from "./sites.ts";
import { client, controlPlane, createTestNamespace, kubectl } from "./test-cluster.ts";

let namespace: string;

beforeAll(async () => {
  namespace = await createTestNamespace("control-plane");
});

const soon = (): AbortSignal => AbortSignal.timeout(120_000);

/** Waits for `kubectl wait`'s condition and returns the object. */
async function waitFor(object: string, condition: string): Promise<unknown> {
  const waited = await kubectl(["wait", "-n", namespace, object, `--for=${condition}`, "--timeout=120s"]);
  expect(waited.stderr).toBe("");
  const { stdout } = await kubectl(["get", "-n", namespace, object, "-o", "json"]);
  return JSON.parse(stdout);
}

const podWithStatuses = z.object({
  status: z.object({ containerStatuses: z.array(z.record(z.string(), z.unknown())) }),
});

/** Runs one pod of this image until its container waits for this reason, and returns the container's status. */
async function containerStatus(name: string, image: string, reason: string): Promise<unknown> {
  await kubectl(["run", "-n", namespace, name, `--image=${image}`]);
  const pod = await waitFor(
    `pod/${name}`,
    `jsonpath={.status.containerStatuses[0].state.waiting.reason}=${reason}`,
  );
  return podWithStatuses.parse(pod).status.containerStatuses[0];
}

test("kubectl and the API server are of one release, and know it", async () => {
  const { stdout } = await kubectl(["version"]);
  const versions = [...stdout.matchAll(/(?:Client|Server) Version: (v1\.\d+\.\d+)$/gm)].map(
    (match) => match[1],
  );
  expect(versions).toHaveLength(2);
  expect(new Set(versions).size).toBe(1);
});

test("sites become available, and roll to another image", async () => {
  const names = await createSites(client, namespace, 20, { replicas: 2 });
  await waitForSites(client, namespace, names, soon());
  const { stdout } = await kubectl(["get", "deploy", "-n", namespace, "-l", "subscribie=site", "-o", "name"]);
  expect(stdout.trim().split("\n")).toHaveLength(20);

  await kubectl([
    "set",
    "image",
    "-n",
    namespace,
    "deploy/site-00001",
    "subscribie=ghcr.io/subscribie/subscribie:v0.11",
  ]);
  await waitForSites(
    client,
    namespace,
    ["site-00001"],
    soon(),
    (site) =>
      isAvailable(site) && site.spec.template.spec.containers.some(({ image }) => image.endsWith(":v0.11")),
  );
  const pods = [
    "get",
    "pods",
    "-n",
    namespace,
    "-l",
    "site-name=site-00001",
    "-o",
    "jsonpath={.items[*].spec.containers[*].image}",
  ];
  await expect
    .poll(async () => (await kubectl(pods)).stdout)
    .toBe("ghcr.io/subscribie/subscribie:v0.11 ghcr.io/subscribie/subscribie:v0.11");
});

test("a site whose image is broken never becomes available, and its old pod goes on", async () => {
  const [name = ""] = await createSites(client, namespace, 1, {
    prefix: "breaks",
    progressDeadlineSeconds: 3,
  });
  await waitForSites(client, namespace, [name], soon());
  await kubectl(["set", "image", "-n", namespace, `deploy/${name}`, "subscribie=example.org/site:v2-broken"]);
  await waitForSites(client, namespace, [name], soon(), ({ status }) =>
    status.conditions.some(({ reason }) => reason === "ProgressDeadlineExceeded"),
  );
  const deployment = await kubectl([
    "get",
    "-n",
    namespace,
    `deploy/${name}`,
    "-o",
    "jsonpath={.status.availableReplicas}",
  ]);
  expect(deployment.stdout).toBe("1");
});

test("a pod whose image's tag says broken stays in ImagePullBackOff, with a message that names the image", async () => {
  expect(await containerStatus("broken", "example.org/site:v2-broken", "ImagePullBackOff")).toMatchObject({
    ready: false,
    state: {
      waiting: { reason: "ImagePullBackOff", message: expect.stringContaining("example.org/site:v2-broken") },
    },
  });
});

test("a pod whose image's tag says crash ends with exit code 1, and backs off", async () => {
  expect(await containerStatus("crash", "example.org/site:v2-crash", "CrashLoopBackOff")).toMatchObject({
    ready: false,
    lastState: { terminated: { exitCode: 1, reason: "Error" } },
  });
});

test("a pod whose image's tag says oom is killed for its memory", async () => {
  expect(await containerStatus("oom", "example.org/site:v2-oom", "CrashLoopBackOff")).toMatchObject({
    ready: false,
    lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
  });
});

test("only the tag counts: a registry or a repository may be called broken", async () => {
  await kubectl(["run", "-n", namespace, "well", "--image=broken.example.org:5000/crash/oom:v1"]);
  expect(await waitFor("pod/well", "condition=Ready")).toMatchObject({ status: { phase: "Running" } });
});

test("a claim is bound, the pod that mounts it runs, and the volume goes with the claim", async () => {
  const input = JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "mounts" },
        spec: {
          containers: [
            {
              name: "site",
              image: "example.org/site:v1",
              volumeMounts: [{ name: "data", mountPath: "/data" }],
            },
          ],
          volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
        },
      },
    ],
  });
  await kubectl(["apply", "-n", namespace, "-f", "-"], { input });
  await waitFor("pod/mounts", "condition=Ready");
  const claim = await kubectl(["get", "pvc", "-n", namespace, "data", "-o", "jsonpath={.spec.volumeName}"]);
  expect(claim.stdout).toMatch(/^pvc-/);

  await kubectl(["delete", "-n", namespace, "pod/mounts", "pvc/data"]);
  const gone = await kubectl(["wait", `pv/${claim.stdout}`, "--for=delete", "--timeout=120s"]);
  expect(gone.code).toBe(0);
});

test("a job completes", async () => {
  await kubectl(["create", "job", "-n", namespace, "once", "--image=example.org/task:v1"]);
  expect(await waitFor("job/once", "condition=Complete")).toMatchObject({ status: { succeeded: 1 } });
});

test("an operator may do everything, a stranger nothing", async () => {
  const asOperator = await kubectl(["auth", "can-i", "delete", "nodes"], { user: "operator" });
  expect(asOperator.stdout.trim()).toBe("yes");
  const asStranger = await kubectl(["get", "pods", "-n", namespace], { user: "stranger" });
  expect(asStranger.code).toBe(1);
  expect(asStranger.stderr).toContain('User "stranger" cannot list resource "pods"');
});

test.skipIf(controlPlane.auditLog === null)(
  "the audit log counts a program's requests by its user agent",
  async () => {
    const file = controlPlane.auditLog ?? "";
    const from = await endOfAuditLog(file);
    await kubectl(["get", "configmaps", "-n", namespace]);
    // The line is written after the answer.
    await expect
      .poll(async () => {
        const requests = await readAuditLog(file, { userAgent: "kubectl/", from });
        return requests.filter(
          ({ objectRef }) => objectRef.namespace === namespace && objectRef.resource === "configmaps",
        );
      })
      .toMatchObject([{ verb: "list", responseStatus: { code: 200 }, user: { username: "admin" } }]);
  },
);
