import { randomBytes } from "node:crypto";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { siteKey, type ObservedSite } from "../../shared/rollout/observed-site.ts";
import { carriesRollout } from "../../shared/rollout/rollout-annotations.ts";
import { createRolloutId } from "../../shared/rollout/rollout-id.ts";
import type { PlannedSite, RolloutPlan } from "../../shared/rollout/rollout-plan.ts";
import { sitePatch } from "../../shared/rollout/site-patch.ts";
import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";
import { listReplicaSets } from "./list-replica-sets.ts";
import { listSites, siteCollection, type ListedSites, type SiteCollection } from "./list-sites.ts";
import type { SitePatch } from "./patch-site.ts";
import {
  applySelection,
  planRequest,
  replicaSetPurpose,
  selectedSites,
  type RolloutRequest,
} from "./rollout-request.ts";

/** A rollout that is ready to be carried out: sites, plan, and what each site's PATCH is. */
export interface PreparedRollout {
  readonly plan: RolloutPlan;
  readonly listed: ListedSites;
  readonly collection: SiteCollection;
  readonly patchOf: (site: PlannedSite) => SitePatch;
}

/**
 * Lists what a request selects, and plans it.
 *
 * @param resumedId of the unfinished rollout that goes on; a new id is made without it, by the API server's clock
 */
export async function prepareRollout(
  request: RolloutRequest,
  { client, io }: { readonly client: ApiClient; readonly io: Io },
  resumedId: string | undefined,
): Promise<PreparedRollout> {
  const selection = selectedSites(request.selection);
  const withFingerprint = request.change.kind === "rollback";
  const listed = await listSites(client, selection, { withFingerprint, signal: io.signal });
  const began = listed.date ?? new Date(io.now());
  const id = resumedId ?? createRolloutId(request.change.kind, began, randomSuffix());
  const sites = applySelection(listed.sites, request, id);
  if (sites.length === 0) {
    throw new CommandError(
      "every selected site is left out by --exclude, --from-version or --only-failed; see kubectl subscribie sites",
    );
  }
  const replicaSets = await listReplicaSets(client, sites, replicaSetPurpose(request), io.signal);
  const plan = planRequest(request, sites, replicaSets, id);
  const siteOf = new Map(sites.map((site) => [siteKey(site), site]));
  const restartedAt = began.toISOString();
  return {
    plan,
    listed: { ...listed, sites },
    collection: siteCollection(selection),
    patchOf(planned) {
      const site = siteOf.get(siteKey(planned));
      if (site === undefined) throw new RangeError(`${siteKey(planned)} is not in the plan`);
      const contents = { site, restartedAt, template: templateOf(planned, site) };
      return {
        namespace: planned.namespace,
        name: planned.name,
        operations: sitePatch(plan, planned, contents),
        isApplied: (observed) => carriesRollout(observed.annotations, plan),
      };
    },
  };

  function templateOf(planned: PlannedSite, site: ObservedSite): string | undefined {
    if (planned.change?.kind !== "template") return undefined;
    const { replicaSet } = planned.change;
    return replicaSets.ofSite(site).find(({ name }) => name === replicaSet)?.template;
  }
}

function randomSuffix(): string {
  // 20 bits: two rollouts of one second in one namespace would need two Leases anyway.
  return randomBytes(3).readUIntBE(0, 3).toString(36).padStart(5, "0").slice(-4);
}
