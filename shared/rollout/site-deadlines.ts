import type { RolloutState, SiteProgress } from "./rollout-state.ts";

/** A site whose status shows no difference for so long, though its new pods are there, is looked into. */
const stallMs = 20_000;
/** A reason that waiting does not mend is looked for a second time after this. */
const confirmMs = 10_000;
/** Each look that finds nothing doubles the time to the next, so many times. */
const mostDoublings = 3;

/** The API's default of progressDeadlineSeconds, and what stands in where it is switched off by the largest integer. */
const defaultProgressDeadlineSeconds = 600;
const noProgressDeadline = 2_147_483_647;
/** The controller says so itself when the deadline has passed; this is for when it does not. */
const deadlineGraceMs = 30_000;
/** However often a site shows progress, it is waited for this many deadlines in all. */
const mostDeadlines = 6;

/**
 * When a waiting site is too late: the site timeout counts from its PATCH; the Deployment's own progress deadline from
 * its last progress, as Kubernetes counts it. What nobody saw does not count.
 */
export function deadlineOf(state: RolloutState, site: SiteProgress): number {
  const { siteTimeoutMs } = state.plan.strategy;
  const patchedAt = site.patchedAt + site.unseenMs;
  if (siteTimeoutMs !== undefined) return patchedAt + siteTimeoutMs;
  const given = site.planned.progressDeadlineSeconds ?? defaultProgressDeadlineSeconds;
  const deadlineMs = (given >= noProgressDeadline ? defaultProgressDeadlineSeconds : given) * 1000;
  return Math.min(site.changedAt + deadlineMs + deadlineGraceMs, patchedAt + mostDeadlines * deadlineMs);
}

/**
 * When a waiting site is to be looked into; never while a look is under way or when there is nothing to look at.
 * Where the controllers are busy and every site takes long, being as slow as the others is no stall.
 */
export function stallOf(state: RolloutState, site: SiteProgress): number {
  const hasObstacle = site.status?.kind === "waiting" && site.status.obstacle !== undefined;
  if (site.diagnosing || !(site.hasNewPods || hasObstacle)) return Number.POSITIVE_INFINITY;
  if (site.lastReason?.isTerminal === true) return site.diagnosedAt + confirmMs;
  const patience = Math.max(stallMs, 2 * (state.typicalMs ?? 0));
  if (site.diagnoses === 0) return site.changedAt + patience;
  const factor = 2 ** Math.min(site.diagnoses - 1, mostDoublings);
  return Math.max(site.changedAt + patience, site.diagnosedAt + patience * factor);
}

/**
 * Sees to it that the site is looked at when it is next due. A later due time costs nothing here: the entry that comes
 * up too early is put back by its own expiry.
 */
export function scheduleSite(state: RolloutState, site: SiteProgress): void {
  if (site.step !== "waiting") return;
  const at = Math.min(deadlineOf(state, site), stallOf(state, site));
  if (site.timerAt !== undefined && site.timerAt <= at) return;
  site.timerAt = at;
  state.deadlines.add(at, site);
}
