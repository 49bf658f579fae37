import { isObserved, type ObservedSite } from "./observed-site.ts";
import type { ObservedReplicaSet } from "./observed-replica-set.ts";
import { planSites, type PlanOptions, type SiteDecision } from "./plan-sites.ts";
import type { ReplicaSetIndex } from "./replica-set-index.ts";
import { chooseRollbackTarget, type RollbackRequest, type RollbackTarget } from "./rollback-target.ts";
import { restoredFrom, type RestoredAnnotations, type RolloutPlan } from "./rollout-plan.ts";

export interface RollbackOptions extends PlanOptions {
  readonly request: RollbackRequest;
  /** Also return sites whose template somebody changed by hand since; what they changed is lost. */
  readonly includeChanged?: boolean;
}

/**
 * Plans a rollback. Sites that the rollout in question did not change, or that were returned already, are unchanged;
 * those that somebody changed by hand since are skipped, unless told otherwise.
 *
 * @param sites observed with their templates' fingerprints
 * @param replicaSets made for `recorded-template`, or for `any-template` where the request is a revision
 */
export function planRollback(
  sites: readonly ObservedSite[],
  replicaSets: ReplicaSetIndex,
  options: RollbackOptions,
): RolloutPlan {
  const { request } = options;
  return planSites(sites, options, {
    kind: "rollback",
    target: describeRequest(request),
    ...(request.kind === "rollout" ? { rollbackOf: request.id } : {}),
    stillRuns: () => true,
    decide: (site) => decideReturn(site, replicaSets.ofSite(site), options),
  });
}

function decideReturn(
  site: ObservedSite,
  own: readonly ObservedReplicaSet[],
  options: RollbackOptions,
): SiteDecision {
  const { request, container, includeChanged = false } = options;
  const target = chooseRollbackTarget(site, own, request, { container, includeChanged });
  switch (target.kind) {
    case "template":
      return returnToTemplate(site, own, target.replicaSet, container);
    case "image":
      return returnToImage(site, own, target);
    case "returned":
      return { action: "unchanged", reason: "it was returned already" };
    case "not-changed":
      return { action: "unchanged", reason: `${describeRequest(request)} did not change it` };
    case "changed-by-hand":
      return { action: "skipped", reason: "somebody changed its template since" };
    case "no-record":
      return { action: "skipped", reason: "what it ran before is not recorded" };
    default:
      // A revision is asked for by number and site: kubectl fails without one, too.
      return {
        action: request.kind === "revision" ? "failed" : "skipped",
        reason: missingRevision(request, target.revisions),
      };
  }
}

function returnToTemplate(
  site: ObservedSite,
  own: readonly ObservedReplicaSet[],
  replicaSet: ObservedReplicaSet,
  container: string,
): SiteDecision {
  const image = replicaSet.containers.find(({ name }) => name === container)?.image;
  if (image === undefined) {
    return { action: "skipped", reason: `ReplicaSet ${replicaSet.name} has no container ${container}` };
  }
  return {
    action: "update",
    to: image,
    change: {
      kind: "template",
      replicaSet: replicaSet.name,
      ...testedRevision(site),
      restored: { ...restoredFrom(replicaSet.annotations), ...leaving(site, own) },
    },
  };
}

function returnToImage(
  site: ObservedSite,
  own: readonly ObservedReplicaSet[],
  target: Extract<RollbackTarget, { kind: "image" }>,
): SiteDecision {
  const { image, lostReplicaSet } = target;
  const lost =
    lostReplicaSet === undefined ? "no ReplicaSet was recorded" : `ReplicaSet ${lostReplicaSet} is gone`;
  return {
    action: "update",
    to: image,
    change: { kind: "image-return", ...testedRevision(site), restored: leaving(site, own) },
    reason: `only its image returns: ${lost}`,
  };
}

/** Which rollout the site is returned from, and the ReplicaSet that it leaves. */
function leaving(site: ObservedSite, own: readonly ObservedReplicaSet[]): RestoredAnnotations {
  const left = isObserved(site) ? own.find(({ revision }) => revision === site.revision) : undefined;
  const { rollout } = site.annotations;
  return {
    ...(rollout === undefined ? {} : { rolledBack: rollout }),
    ...(left === undefined ? {} : { rolledBackFrom: left.name }),
  };
}

function testedRevision(site: ObservedSite): { readonly revision?: number } {
  return isObserved(site) && site.revision !== undefined ? { revision: site.revision } : {};
}

function describeRequest(request: RollbackRequest): string {
  if (request.kind === "rollout") return request.id;
  return request.kind === "revision" ? `revision ${request.revision}` : "previous revision";
}

function missingRevision(request: RollbackRequest, revisions: readonly number[]): string {
  if (request.kind !== "revision") return "it has no previous revision";
  const known = revisions.length === 0 ? "it has none" : `it has ${revisions.slice(-10).join(", ")}`;
  return `it has no revision ${request.revision}; ${known}`;
}
