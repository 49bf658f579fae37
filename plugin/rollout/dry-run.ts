import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { siteKey } from "../../shared/rollout/observed-site.ts";
import type { PlannedSite, RolloutPlan } from "../../shared/rollout/rollout-plan.ts";
import { sendPatch, type SitePatch } from "./patch-site.ts";
import { createRequestPool, patchConcurrency } from "./request-pool.ts";

/**
 * Has the API server and its webhooks check every PATCH of a plan, and store none.
 *
 * @returns why sites would be refused, by `namespace/name`
 */
export async function tryPlan(
  prepared: { readonly plan: RolloutPlan; readonly patchOf: (site: PlannedSite) => SitePatch },
  client: ApiClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const refused = new Map<string, string>();
  const pool = createRequestPool(patchConcurrency);
  const updates = prepared.plan.sites.filter((site) => site.action === "update" && site.change !== undefined);
  await Promise.all(
    updates.map(async (site) => {
      const tried = Promise.withResolvers<void>();
      pool.add(async () => {
        await sendPatch(client, prepared.patchOf(site), { signal, dryRun: true }).then(
          () => tried.resolve(),
          (error: unknown) => {
            if (!(error instanceof ApiError)) return tried.reject(error);
            refused.set(siteKey(site), error.message);
            return tried.resolve();
          },
        );
      });
      await tried.promise;
    }),
  );
  return refused;
}
