import { deadlineExceededAt } from "./deployment-status.ts";
import { imageOf, siteKey, type ObservedSite } from "./observed-site.ts";
import { carriesRollout } from "./rollout-annotations.ts";
import { parseRolloutId, type RolloutKind } from "./rollout-id.ts";
import { rolloutPlanVersion, type PlannedSite, type RolloutPlan, type SiteChange } from "./rollout-plan.ts";
import { spreadSites } from "./site-order.ts";
import { resolveStrategy, type RolloutStrategy } from "./strategy.ts";

/** What every kind of plan is made from. */
export interface PlanOptions {
  /** The rollout's id; sites that carry it already are only watched to their end. */
  readonly id: string;
  readonly container: string;
  readonly strategy: RolloutStrategy;
}

/** What is to happen to one site. */
export type SiteDecision =
  | {
      readonly action: "update";
      readonly from?: string;
      readonly to: string;
      readonly change: SiteChange;
      readonly reason?: string;
    }
  | { readonly action: "unchanged" | "skipped" | "failed"; readonly to?: string; readonly reason: string };

/** What one kind of rollout makes of its sites. */
export interface SitePlanning {
  readonly kind: RolloutKind;
  readonly target: string;
  readonly rollbackOf?: string;
  /** For a site with the container, and that container's image. */
  readonly decide: (site: ObservedSite, image: string) => SiteDecision;
  /** Whether a site that carries the rollout's id still runs what the rollout put there. */
  readonly stillRuns: (image: string) => boolean;
}

/**
 * Makes a plan from what is decided for each site. A site that is to be updated is left alone all the same when it is
 * held, being deleted, or paused (as `kubectl rollout undo` and `restart` refuse it: the change would wait for nobody
 * knows what).
 */
export function planSites(
  sites: readonly ObservedSite[],
  options: PlanOptions,
  planning: SitePlanning,
): RolloutPlan {
  const { id, container } = options;
  const { kind, target, rollbackOf } = planning;
  const planned = sites.map((site) => ({ site, plan: planSite(site, options, planning) }));
  const updates = planned.filter(({ plan }) => plan.action === "update");
  const others = planned.filter(({ plan }) => plan.action !== "update").map(({ plan }) => plan);
  const ordered = spreadSites(
    updates.map(({ site, plan }) => ({
      plan,
      namespace: site.namespace,
      name: site.name,
      image: plan.from,
      hasReplicas: site.replicas > 1,
      hasVolume: site.claims.length > 0,
    })),
  );
  return {
    version: rolloutPlanVersion,
    id,
    kind,
    target,
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
    container,
    strategy: resolveStrategy(options.strategy, ordered.length),
    sites: [...ordered.map(({ plan }) => plan), ...others.toSorted(byKey)],
  };
}

function planSite(site: ObservedSite, options: PlanOptions, planning: SitePlanning): PlannedSite {
  const { namespace, name, uid } = site;
  const image = imageOf(site, options.container);
  const base = { namespace, name, uid, from: image ?? "", to: image ?? "" };
  if (image === undefined) {
    return { ...base, action: "skipped", reason: `it has no container ${options.container}` };
  }
  if (carriesRollout(site.annotations, { id: options.id, kind: planning.kind })) {
    if (planning.stillRuns(image)) return { ...base, ...watchedOnly(site, options.id, planning.kind) };
    return { ...base, action: "skipped", reason: "somebody else changed it after this rollout did" };
  }
  const decision = planning.decide(site, image);
  const obstacle = decision.action === "update" ? reasonToLeaveAlone(site) : undefined;
  if (obstacle !== undefined) return { ...base, action: "skipped", reason: obstacle };
  return { ...base, ...progressDeadline(site), ...deadlineBefore(site), ...decision };
}

function reasonToLeaveAlone(site: ObservedSite): string | undefined {
  if (site.deleting) return "it is being deleted";
  if (site.held) return "it is held; kubectl subscribie hold --release lets it go";
  if (site.paused) return "its Deployment is paused; kubectl rollout resume lets it go on";
  return undefined;
}

/** A site that this rollout patched before it was interrupted. */
function watchedOnly(site: ObservedSite, id: string, kind: RolloutKind) {
  const { previousImage } = site.annotations;
  const exceededAt = deadlineExceededAt(site);
  const startedAt = parseRolloutId(id)?.startedAt ?? 0;
  const wasBefore = exceededAt !== undefined && Date.parse(exceededAt) < startedAt;
  return {
    action: "update" as const,
    ...(kind === "rollback" || previousImage === undefined ? {} : { from: previousImage }),
    patchedGeneration: site.generation,
    ...progressDeadline(site),
    // Only what is older than the rollout cannot be about its change.
    ...(wasBefore ? { deadlineExceededBefore: exceededAt } : {}),
  };
}

function deadlineBefore(site: ObservedSite): Pick<PlannedSite, "deadlineExceededBefore"> {
  const deadlineExceededBefore = deadlineExceededAt(site);
  return deadlineExceededBefore === undefined ? {} : { deadlineExceededBefore };
}

function progressDeadline({
  progressDeadlineSeconds,
}: ObservedSite): Pick<PlannedSite, "progressDeadlineSeconds"> {
  return progressDeadlineSeconds === undefined ? {} : { progressDeadlineSeconds };
}

function byKey(left: PlannedSite, right: PlannedSite): number {
  return siteKey(left) < siteKey(right) ? -1 : 1;
}
