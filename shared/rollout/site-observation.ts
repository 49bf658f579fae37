import { deploymentStatus, type DeploymentStatus } from "./deployment-status.ts";
import { imageOf, siteKey, type ObservedSite } from "./observed-site.ts";
import { carriesRollout } from "./rollout-annotations.ts";
import type { RolloutState, SiteProgress, Turn } from "./rollout-state.ts";
import { isCanaryPhase } from "./rollout-waves.ts";
import { scheduleSite } from "./site-deadlines.ts";
import { conflictSite, failSite, finishSite, moveSite, recoverSite, skipSite } from "./site-outcomes.ts";

/** Takes a Deployment as it is now: what it means depends on how far its site is. */
export function takeObserved(turn: Turn, observed: ObservedSite): void {
  const { state } = turn;
  const site = state.sites.get(siteKey(observed));
  if (site === undefined) return;
  if (observed.uid !== site.planned.uid) return takeDeleted(turn, site.key);
  switch (site.step) {
    case "pending":
      return considerPending(turn, site, observed);
    case "patching":
      if (observed.generation >= (site.early?.generation ?? 0)) site.early = observed;
      return undefined;
    case "waiting":
      return judge(turn, site, observed);
    case "updated":
      return checkCanary(turn, site, observed);
    case "failed":
      return considerRecovery(turn, site, observed);
    case "conflict":
    case "skipped":
      return undefined;
  }
}

/** Takes that a Deployment is gone. */
export function takeDeleted(turn: Turn, key: string): void {
  const { state } = turn;
  const site = state.sites.get(key);
  // While a PATCH is under way, its answer tells.
  if (site?.step !== "pending" && site?.step !== "waiting") return;
  skipSite(turn, site, "it was deleted meanwhile");
}

/** From now on the site is watched as one that runs our change. */
export function adoptSite(
  state: RolloutState,
  site: SiteProgress,
  observed: ObservedSite,
  now: number,
): void {
  moveSite(state, site, "waiting");
  site.wave = state.wave;
  site.generation = observed.generation;
  site.image = imageOf(observed, state.plan.container);
  site.patchedAt = now;
  site.changedAt = now;
  site.early = undefined;
  scheduleSite(state, site);
}

/** A site that waits for its turn may turn out to be one to leave alone, or one that we patched unawares. */
function considerPending(turn: Turn, site: SiteProgress, observed: ObservedSite): void {
  const { state, now } = turn;
  if (carriesRollout(observed.annotations, state.plan)) {
    adoptSite(state, site, observed, now);
    return judge(turn, site, observed);
  }
  if (observed.deleting) return skipSite(turn, site, "it is being deleted");
  if (observed.held) return skipSite(turn, site, "it is held");
  if (observed.paused) return skipSite(turn, site, "its Deployment is paused");
}

/** Says how a patched site is doing. Older states than the PATCH's own say nothing. */
function judge(turn: Turn, site: SiteProgress, observed: ObservedSite): void {
  const { state, now } = turn;
  if (observed.generation < (site.generation ?? 0)) return;
  if (observed.deleting) return skipSite(turn, site, "it was deleted meanwhile");
  if (!runsOurChange(state, site, observed)) {
    return conflictSite(turn, site, "somebody else changed it after this rollout did");
  }
  const status = statusOf(site, observed);
  if (status.kind === "done") return finishSite(turn, site, observed);
  if (status.kind === "failed") return failSite(turn, site, status.message, { diagnose: true });
  const { replicas, updated, available } = observed.status;
  const signature = `${status.stage} ${replicas} ${updated} ${available}`;
  site.status = status;
  site.hasNewPods = updated > 0 && status.stage !== "unobserved" && status.stage !== "paused";
  if (signature !== site.signature) {
    site.signature = signature;
    site.changedAt = now;
  }
  scheduleSite(state, site);
}

/** Canaries that were healthy must stay so until the next wave starts. */
function checkCanary(turn: Turn, site: SiteProgress, observed: ObservedSite): void {
  const { state } = turn;
  const isCanary = isCanaryPhase(state) && site.wave === state.wave;
  if (!isCanary || observed.generation < (site.generation ?? 0) || !runsOurChange(state, site, observed))
    return;
  // Scaling up makes pods that are not available yet, scaling down leaves fewer: neither is a loss.
  const expected = Math.min(site.availableWhenDone ?? 0, observed.replicas);
  if (observed.status.available >= expected) return;
  failSite(turn, site, "it became unavailable after it had been healthy", { diagnose: true });
}

/** A site that was too slow may arrive after all. What it spent of the budget stays spent. */
function considerRecovery(turn: Turn, site: SiteProgress, observed: ObservedSite): void {
  const { state } = turn;
  const wasPatched = site.generation !== undefined && observed.generation >= site.generation;
  const wasHealthyBefore = site.availableWhenDone !== undefined;
  if (!wasPatched || wasHealthyBefore || observed.deleting || !runsOurChange(state, site, observed)) return;
  if (statusOf(site, observed).kind === "done") recoverSite(turn, site, observed);
}

function runsOurChange(state: RolloutState, site: SiteProgress, observed: ObservedSite): boolean {
  return (
    carriesRollout(observed.annotations, state.plan) && imageOf(observed, state.plan.container) === site.image
  );
}

function statusOf(site: SiteProgress, observed: ObservedSite): DeploymentStatus {
  return deploymentStatus(observed, {
    generation: site.generation,
    deadlineExceededBefore: site.planned.deadlineExceededBefore,
  });
}
