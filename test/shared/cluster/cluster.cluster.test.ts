import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { createApiClient, type ApiClient } from "../../../shared/cluster/api-client.ts";
import { ApiError, UnreachableError } from "../../../shared/cluster/api-error.ts";
import { applyObject } from "../../../shared/cluster/apply.ts";
import { loadConnection } from "../../../shared/cluster/kubeconfig.ts";
import { acquireLease, LeaseHeldError, LeaseLostError } from "../../../shared/cluster/lease.ts";
import { listAll, listPages } from "../../../shared/cluster/list.ts";
import { resourcePath } from "../../../shared/cluster/resource-path.ts";
import { watchObjects, type WatchEvent } from "../../../shared/cluster/watch.ts";
import * as z from "zod";

const namespace = `cluster-${randomUUID().slice(0, 8)}`;
const configMaps = resourcePath({ apiVersion: "v1", resource: "configmaps", namespace });
const nameOf = (raw: unknown) =>
  z.object({ metadata: z.object({ name: z.string() }) }).parse(raw).metadata.name;

let client: ApiClient;

function clientOf(user: "admin" | "stranger"): ApiClient {
  const connection = loadConnection({ kubeconfig: inject("controlPlane").kubeconfigs[user] }, {});
  return createApiClient({ ...connection, userAgent: "cluster-test" });
}

async function createConfigMap(name: string): Promise<void> {
  await client.request({
    method: "POST",
    path: configMaps,
    body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels: { of: "test" } } },
  });
}

beforeAll(async () => {
  client = clientOf("admin");
  await client.request({
    method: "POST",
    path: "/api/v1/namespaces",
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
  });
  for (let number = 0; number < 7; number += 1) await createConfigMap(`m-${number}`);
});

afterAll(async () => {
  await client.request({ method: "DELETE", path: `/api/v1/namespaces/${namespace}` });
  client.close();
});

describe("the API client", () => {
  it("tells the API server's clock", async () => {
    const { date } = await client.request({ method: "GET", path: "/version" });
    expect(date).toBeInstanceOf(Date);
  });

  it("reads a Status object into one error with its causes", async () => {
    const refused = client.request({
      method: "POST",
      path: configMaps,
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "Not_A_Name" } },
    });
    await expect(refused).rejects.toSatisfy((error: unknown) => {
      expect(error).toBeInstanceOf(ApiError);
      return (
        error instanceof ApiError &&
        error.status === 422 &&
        error.reason === "Invalid" &&
        error.causes[0]?.field === "metadata.name"
      );
    });
  });

  it("says who is forbidden what", async () => {
    const stranger = clientOf("stranger");
    await expect(stranger.request({ method: "GET", path: configMaps })).rejects.toThrow(
      /configmaps is forbidden: User "stranger" cannot list/,
    );
    stranger.close();
  });

  it("tells a server that does not answer from one that refuses", async () => {
    const connection = loadConnection(
      { kubeconfig: inject("controlPlane").kubeconfig, server: "https://127.0.0.1:1" },
      {},
    );
    const nobody = createApiClient({ ...connection, userAgent: "cluster-test" });
    await expect(nobody.request({ method: "GET", path: "/version" })).rejects.toBeInstanceOf(
      UnreachableError,
    );
  });

  it("keeps any name inside its path segment", () => {
    expect(() => resourcePath({ apiVersion: "v1", resource: "pods", namespace: "..", name: "x" })).toThrow(
      TypeError,
    );
    expect(
      resourcePath({ apiVersion: "apps/v1", resource: "deployments", namespace: "a/b", name: "c?d" }),
    ).toBe("/apis/apps/v1/namespaces/a%2Fb/deployments/c%3Fd");
  });
});

describe("listing", () => {
  it("reads all pages, and as many as there are", async () => {
    const pages: number[] = [];
    for await (const page of listPages(client, configMaps, nameOf, {
      pageSize: 3,
      labelSelector: "of=test",
    })) {
      pages.push(page.items.length);
    }
    expect(pages).toEqual([3, 3, 1]);
    const all = await listAll(client, configMaps, nameOf, { pageSize: 2, labelSelector: "of=test" });
    expect(all.items.toSorted()).toEqual(["m-0", "m-1", "m-2", "m-3", "m-4", "m-5", "m-6"]);
  });
});

describe("server-side apply", () => {
  it("reports a field that somebody else owns, and leaves it", async () => {
    const path = `${configMaps}/applied`;
    const object = (value: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "applied" },
      data: { key: value },
    });
    await applyObject(client, path, object("ours"), { fieldManager: "one" });
    const conflicting = applyObject(client, path, object("theirs"), { fieldManager: "two" });
    await expect(conflicting).rejects.toMatchObject({ status: 409 });
    const { body } = await client.request({ method: "GET", path });
    expect(body).toMatchObject({ data: { key: "ours" } });
  });
});

describe("watching", () => {
  it("shows the list, then each change until it is told to end", async () => {
    const end = new AbortController();
    const seen: WatchEvent<string>[] = [];
    for await (const event of watchObjects(client, configMaps, nameOf, {
      signal: end.signal,
      labelSelector: "of=test",
    })) {
      seen.push(event);
      if (event.type === "listed") await createConfigMap("m-new");
      if (event.type === "changed") await client.request({ method: "DELETE", path: `${configMaps}/m-new` });
      if (event.type === "deleted") end.abort();
    }
    expect(seen.map((event) => event.type)).toEqual(["listed", "changed", "deleted"]);
  });

  it("ends with the error that no waiting mends", async () => {
    const stranger = clientOf("stranger");
    const watching = watchObjects(stranger, configMaps, nameOf, { signal: new AbortController().signal });
    await expect(watching.next()).rejects.toMatchObject({ status: 403 });
    stranger.close();
  });
});

describe("the Lease", () => {
  const lease = (name: string, holder: string, durationSeconds = 2) => ({
    namespace,
    name,
    holder,
    durationSeconds,
    signal: new AbortController().signal,
  });

  it("tells the second who holds it and since when", async () => {
    const held = await acquireLease(client, lease("both", "ann"));
    const second = acquireLease(client, lease("both", "bob"));
    await expect(second).rejects.toBeInstanceOf(LeaseHeldError);
    await expect(second).rejects.toMatchObject({ holder: "ann", since: expect.stringMatching(/^\d{4}-/) });
    await held.release();
  });

  it("is free at once after a release", async () => {
    const first = await acquireLease(client, lease("released", "ann"));
    await first.release();
    const second = await acquireLease(client, lease("released", "bob"));
    await expect(second.confirm()).resolves.toBeUndefined();
    await second.release();
  });

  it("is taken over when nobody renewed it for its duration, and the old holder then learns that it lost it", async () => {
    const path = resourcePath({ apiVersion: "coordination.k8s.io/v1", resource: "leases", namespace });
    await client.request({
      method: "POST",
      path,
      body: {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "abandoned" },
        // Far in the future, by a clock that is wrong: only what the observer sees counts.
        spec: { holderIdentity: "gone", leaseDurationSeconds: 1, renewTime: "2999-01-01T00:00:00.000000Z" },
      },
    });
    const held = await acquireLease(client, lease("abandoned", "ann"));
    const { body } = await client.request({ method: "GET", path: `${path}/abandoned` });
    expect(body).toMatchObject({ spec: { holderIdentity: "ann", leaseTransitions: 1 } });

    await client.request({
      method: "PATCH",
      path: `${path}/abandoned`,
      contentType: "application/merge-patch+json",
      body: { spec: { holderIdentity: "thief" } },
    });
    await new Promise<void>((resolve) =>
      held.lost.addEventListener("abort", () => resolve(), { once: true }),
    );
    await expect(held.confirm()).rejects.toBeInstanceOf(LeaseLostError);
    await held.release();
    const after = await client.request({ method: "GET", path: `${path}/abandoned` });
    expect(after.body).toMatchObject({ spec: { holderIdentity: "thief" } });
  });
});

describe("in a pod", () => {
  const tokenSchema = z.object({ status: z.object({ token: z.string() }) });
  const reviewSchema = z.object({ status: z.object({ userInfo: z.object({ username: z.string() }) }) });

  /** What the kubelet would put into a pod of this service account: its root, and its variables. */
  async function startPod(account: string) {
    const accounts = resourcePath({ apiVersion: "v1", resource: "serviceaccounts", namespace });
    await client.request({
      method: "POST",
      path: accounts,
      body: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: account } },
    });
    const { body } = await client.request({
      method: "POST",
      path: `${accounts}/${account}/token`,
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
    });
    const root = await mkdtemp(join(tmpdir(), "pod-"));
    onTestFinished(async () => await rm(root, { recursive: true }));
    const folder = join(root, "var/run/secrets/kubernetes.io/serviceaccount");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "token"), tokenSchema.parse(body).status.token);
    await writeFile(join(folder, "ca.crt"), inject("controlPlane").certificateAuthority);
    await writeFile(join(folder, "namespace"), namespace);
    const { hostname, port } = new URL(inject("controlPlane").server);
    const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, HOME: "/nowhere" };
    // The client library reads them from the process.
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    return { root, env };
  }

  it("the service account is used, and its namespace", async () => {
    const { root, env } = await startPod("deployer");
    const connection = loadConnection({}, env, root);
    expect(connection.namespace).toBe(namespace);
    const inPod = createApiClient({ ...connection, userAgent: "cluster-test" });
    const { body } = await inPod.request({
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    });
    inPod.close();
    expect(reviewSchema.parse(body).status.userInfo.username).toBe(
      `system:serviceaccount:${namespace}:deployer`,
    );
  });

  it("a kubeconfig and flags win over it", async () => {
    const { root, env } = await startPod("other");
    const { kubeconfig } = inject("controlPlane");
    expect(loadConnection({ namespace: "shops" }, env, root).namespace).toBe("shops");
    expect(loadConnection({}, { ...env, KUBECONFIG: kubeconfig }, root).namespace).toBe("default");
  });

  it("no account is looked for where no address was given", async () => {
    const { root } = await startPod("unused");
    expect(() => loadConnection({}, { HOME: "/nowhere" }, root)).toThrow(/no cluster is configured/);
  });
});
