import { randomUUID } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { createApiClient, type ApiClient } from "../../../shared/cluster/api-client.ts";
import { loadConnection } from "../../../shared/cluster/kubeconfig.ts";
import { acquireLease, type LeaseOptions } from "../../../shared/cluster/lease.ts";
import { resourcePath } from "../../../shared/cluster/resource-path.ts";

const namespace = `lease-${randomUUID().slice(0, 8)}`;
const leases = resourcePath({ apiVersion: "coordination.k8s.io/v1", resource: "leases", namespace });

let client: ApiClient;

beforeAll(async () => {
  client = clientOf();
  await client.request({
    method: "POST",
    path: "/api/v1/namespaces",
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
  });
});

afterAll(async () => {
  await client.request({ method: "DELETE", path: `/api/v1/namespaces/${namespace}` });
  client.close();
});

afterEach(() => {
  vi.useRealTimers();
});

function clientOf(server?: string): ApiClient {
  const connection = loadConnection({ kubeconfig: inject("controlPlane").kubeconfig, server }, {});
  return createApiClient({ ...connection, userAgent: "lease-test" });
}

function options(name: string, more: Partial<LeaseOptions> = {}): LeaseOptions {
  return {
    namespace,
    name,
    holder: "ann",
    durationSeconds: 2,
    signal: new AbortController().signal,
    ...more,
  };
}

/** A Lease of somebody else. */
async function createForeignLease(name: string, leaseDurationSeconds: number): Promise<void> {
  const body = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name },
    spec: { holderIdentity: "bob", leaseDurationSeconds },
  };
  await client.request({ method: "POST", path: leases, body });
}

describe("a Lease that says that it lasts for years", () => {
  it("is waited for no longer than a minute", async () => {
    await createForeignLease("years", 2_147_483_647);
    vi.useFakeTimers({ toFake: ["performance"] });
    const held = await acquireLease(
      client,
      options("years", { onWait: () => setTimeout(() => vi.advanceTimersByTime(61_000), 100) }),
    );
    const { body } = await client.request({ method: "GET", path: `${leases}/years` });
    expect(body).toMatchObject({ spec: { holderIdentity: "ann" } });
    await held.release();
  });
});

describe("releasing a Lease", () => {
  it("fails nothing when the API server is away", async () => {
    const { port } = new URL(inject("controlPlane").server);
    const sockets = new Set<net.Socket>();
    const way = net.createServer((socket) => {
      const onward = net.connect(Number(port), "127.0.0.1");
      for (const end of [socket, onward]) {
        sockets.add(end);
        end.on("error", () => end.destroy());
      }
      socket.pipe(onward).pipe(socket);
    });
    way.listen(0, "127.0.0.1");
    await once(way, "listening");
    const address = way.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const cutOff = clientOf(`https://127.0.0.1:${address.port}`);

    const held = await acquireLease(cutOff, options("cut-off"));
    way.close();
    for (const socket of sockets) socket.destroy();
    await expect(held.release()).resolves.toBeUndefined();
    cutOff.close();
  });
});
