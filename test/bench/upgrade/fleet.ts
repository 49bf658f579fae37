import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { type ApiClient, createApiClient } from "../../control-plane/api-client.ts";
import type { ControlPlaneAccess } from "../../control-plane/control-plane-access.ts";
import { type ControlPlaneOptions, startControlPlane } from "../../control-plane/control-plane.ts";
import { createSites, isAvailable, waitForSites } from "../../control-plane/sites.ts";

/** A namespace of sites on a control plane of its own. */
export interface Fleet {
  readonly access: ControlPlaneAccess;
  readonly auditLog: string;
  /** For the bench's own errands: its requests are no contestant's. */
  readonly client: ApiClient;
  readonly namespace: string;
  readonly sites: readonly string[];
  /** A version that no site has run yet, so that every contestant's Deployments need a new ReplicaSet each. */
  readonly nextVersion: () => string;
}

export const repository = "ghcr.io/subscribie/subscribie";

const namespace = "shops";

/** Longest wait for a fleet to come to rest. */
const patienceMs = 900_000;

/**
 * Starts a control plane with an audit log, hands it to `act`, and ends it.
 *
 * @param createFleet makes the sites, in the namespace that is there already, and returns their names
 */
export async function withFleet(
  options: Pick<ControlPlaneOptions, "controllers" | "controllersOff">,
  createFleet: (client: ApiClient, namespace: string) => Promise<readonly string[]>,
  act: (fleet: Fleet) => Promise<void>,
): Promise<void> {
  const controlPlane = await startControlPlane({ ...options, auditLog: true });
  const client = createApiClient(controlPlane, { userAgent: "bench-errands" });
  try {
    const { auditLog } = controlPlane;
    if (auditLog === null) throw new Error("the control plane keeps no audit log");
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    await client.request("POST", "/api/v1/namespaces", { body });
    const sites = await createFleet(client, namespace);
    let version = 10;
    const nextVersion = () => `v0.${(version += 1)}`;
    await act({ access: controlPlane, auditLog, client, namespace, sites, nextVersion });
  } finally {
    client.close();
    await controlPlane.stop();
  }
}

/**
 * Sites that keep two old ReplicaSets: after three rollouts their number stays, and no contestant meets more of them
 * than the one before.
 */
export async function createFleetSites(
  client: ApiClient,
  namespace: string,
  count: number,
): Promise<readonly string[]> {
  return await createSites(client, namespace, count, { revisionHistoryLimit: 2 });
}

/** Waits until every site is available and runs nothing but `image`; any image unless told. */
export async function sitesAvailable({ client, namespace, sites }: Fleet, image?: string): Promise<void> {
  await waitForSites(
    client,
    namespace,
    sites,
    AbortSignal.timeout(patienceMs),
    (site) =>
      isAvailable(site) &&
      (image === undefined ||
        site.spec.template.spec.containers.every((container) => container.image === image)),
  );
}

const podCount = z.object({
  metadata: z.object({ remainingItemCount: z.number().default(0) }),
  items: z.array(z.unknown()),
});

/** Waits until the pods of earlier versions are gone, so that the next contestant does not pay for them. */
export async function fleetAtRest(fleet: Fleet): Promise<void> {
  await sitesAvailable(fleet);
  const signal = AbortSignal.timeout(patienceMs);
  for (;;) {
    const path = `/api/v1/namespaces/${fleet.namespace}/pods?limit=1`;
    const { items, metadata } = podCount.parse((await fleet.client.request("GET", path)).body);
    if (items.length + metadata.remainingItemCount === fleet.sites.length) return;
    await delay(500, undefined, { signal });
  }
}
