import { randomBytes } from "node:crypto";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { imageOf, siteKey, type ObservedSite } from "../../shared/rollout/observed-site.ts";
import { carriesRollout } from "../../shared/rollout/rollout-annotations.ts";
import { createRolloutId } from "../../shared/rollout/rollout-id.ts";
import type { PlannedSite, RolloutPlan } from "../../shared/rollout/rollout-plan.ts";
import { sitePatch } from "../../shared/rollout/site-patch.ts";
import { versionOf } from "../../shared/rollout/target.ts";
import { printable } from "../../shared/text/printable.ts";
import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";
import { listReplicaSets } from "./list-replica-sets.ts";
import { listSites, siteCollection, type ListedSites, type SiteCollection } from "./list-sites.ts";
import type { SitePatch } from "./patch-site.ts";
import {
  applySelection,
  planRequest,
  replicaSetPurpose,
  runsVersion,
  selectedSites,
  type RolloutRequest,
} from "./rollout-request.ts";

/** Versions that an error names. */
const mostVersions = 10;

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
  if (sites.length === 0) throw nothingLeft(listed.sites, request);
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

/** Why nothing is left of the selected sites; a mistyped version is told apart from the rest. */
function nothingLeft(
  selected: readonly ObservedSite[],
  { selection, container }: RolloutRequest,
): CommandError {
  const { fromVersion } = selection;
  if (fromVersion === undefined || selected.some((site) => runsVersion(site, container, fromVersion))) {
    return new CommandError(
      "every selected site is left out by --exclude, --from-version or --only-failed; see kubectl subscribie sites",
    );
  }
  const running = new Set(selected.map((site) => versionOf(imageOf(site, container) ?? "")));
  running.delete("");
  const named = [...running].toSorted().slice(0, mostVersions).join(", ");
  const more = running.size > mostVersions ? ` and ${running.size - mostVersions} more` : "";
  return new CommandError(
    `no selected site runs ${printable(fromVersion, 100)}; they run ${named || "none"}${more}`,
  );
}

function randomSuffix(): string {
  // 20 bits: two rollouts of one second in one namespace would need two Leases anyway.
  return randomBytes(3).readUIntBE(0, 3).toString(36).padStart(5, "0").slice(-4);
}
