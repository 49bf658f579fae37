import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError, UnreachableError } from "../../shared/cluster/api-error.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { newestDriven } from "./driven-rollout.ts";
import { rolloutLease } from "./rollout-lease.ts";
import type { RolloutStore } from "./rollout-store.ts";

const leaseSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z
    .object({ holderIdentity: z.string().nullish(), leaseDurationSeconds: z.number().nullish() })
    .default({}),
});

const pollMs = 1_000;
/** Between looks at all records for another rollout that is driven instead. */
const lookAroundMs = 30_000;
const shortestLeaseSeconds = 1;
const longestLeaseSeconds = 60;

/**
 * Resolves with the reason, in words, when nobody drives a rollout any more whose record says that it runs: its
 * driver was killed. Like whoever would take the Lease, it goes by how long the Lease was seen unchanged, never by
 * clocks of two machines. Resolves with undefined at `signal`, and when the Lease may not be read.
 */
export async function watchDriver(
  client: ApiClient,
  store: RolloutStore,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { name, durationSeconds } = rolloutLease(store.namespace);
  const path = resourcePath({
    apiVersion: "coordination.k8s.io/v1",
    resource: "leases",
    namespace: store.namespace,
    name,
  });
  let seen: string | undefined;
  let unchangedSince = performance.now();
  let lookedAround = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    try {
      const lease = await readLease(client, path, signal);
      const now = performance.now();
      const isFree = (lease?.spec.holderIdentity ?? "") === "";
      const version = isFree ? "" : lease?.metadata.resourceVersion;
      if (version !== seen) {
        seen = version;
        unchangedSince = now;
      }
      const seconds = leaseSeconds(lease?.spec.leaseDurationSeconds ?? durationSeconds);
      if (isFree && now - unchangedSince >= pollMs) return "nobody holds the rollout Lease";
      if (now - unchangedSince >= seconds * 1_000)
        return `the rollout Lease was not renewed for ${seconds} seconds`;
      if (now - lookedAround >= lookAroundMs) {
        lookedAround = now;
        const driven = await newestDriven(store);
        if (driven !== undefined && driven !== id)
          return `whoever holds the rollout Lease drives rollout ${driven}`;
      }
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof ApiError && error.status === 403) return await never(signal);
      if (!(error instanceof ApiError) && !(error instanceof UnreachableError)) throw error;
      // Nobody can renew it while the API server is away.
      unchangedSince = performance.now();
    }
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

async function readLease(client: ApiClient, path: string, signal: AbortSignal) {
  try {
    const { body } = await client.request({ method: "GET", path, signal });
    return leaseSchema.parse(body);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function leaseSeconds(seconds: number): number {
  return Math.min(Math.max(seconds, shortestLeaseSeconds), longestLeaseSeconds);
}

async function never(signal: AbortSignal): Promise<undefined> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
