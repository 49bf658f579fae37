import type { ObservedSite } from "./observed-site.ts";
import {
  maxLastFailures,
  type RolloutState,
  type SiteProgress,
  type SiteStep,
  type Turn,
} from "./rollout-state.ts";

/** How many finish times are kept for the rate. */
const maxFinishTimes = 100;
/** Weight of the newest site in the moving average of how long sites take. */
const newestWeight = 1 / 8;

/** Moves a site to another step and keeps the counts true. */
export function moveSite(state: RolloutState, site: SiteProgress, step: SiteStep): void {
  state.counts[site.step] -= 1;
  state.counts[step] += 1;
  site.step = step;
}

/** The site runs its new template and is available. */
export function finishSite({ state, now, intents }: Turn, site: SiteProgress, observed: ObservedSite): void {
  const afterMs = now - site.patchedAt;
  state.typicalMs =
    state.typicalMs === undefined ? afterMs : state.typicalMs + (afterMs - state.typicalMs) * newestWeight;
  markUpdated(state, site, observed);
  settle(state, site, now);
  intents.push({ type: "notice", notice: { kind: "siteUpdated", site: site.key, afterMs } });
}

/** A site that had failed became available after all. It was counted as settled when it failed. */
export function recoverSite({ state, now, intents }: Turn, site: SiteProgress, observed: ObservedSite): void {
  markUpdated(state, site, observed);
  site.settledAt = now;
  const index = state.lastFailures.indexOf(site);
  if (index !== -1) state.lastFailures.splice(index, 1);
  intents.push({ type: "notice", notice: { kind: "siteRecovered", site: site.key } });
}

/**
 * The site failed, which spends one of the failures that are tolerated.
 *
 * @param options.diagnose ask what its pods say; the failure is announced with the answer
 */
export function failSite(
  turn: Turn,
  site: SiteProgress,
  reason: string,
  options: { readonly diagnose?: boolean } = {},
): void {
  const { state, now, intents } = turn;
  moveSite(state, site, "failed");
  site.reason = reason;
  state.failures += 1;
  state.lastFailures.push(site);
  if (state.lastFailures.length > maxLastFailures) state.lastFailures.shift();
  settle(state, site, now);
  if (options.diagnose === true) askForDiagnosis(turn, site);
  else intents.push({ type: "notice", notice: { kind: "siteFailed", site: site.key, reason } });
}

/** Somebody else changed the Deployment: it is left alone. That says nothing of the new version and spends nothing. */
export function conflictSite({ state, intents }: Turn, site: SiteProgress, reason: string): void {
  moveSite(state, site, "conflict");
  site.reason = reason;
  intents.push({ type: "notice", notice: { kind: "siteConflict", site: site.key, reason } });
}

/** There is no site to change any more, or somebody wants it left alone. */
export function skipSite({ state, intents }: Turn, site: SiteProgress, reason: string): void {
  moveSite(state, site, "skipped");
  site.reason = reason;
  intents.push({ type: "notice", notice: { kind: "siteSkipped", site: site.key, reason } });
}

/** Asks what the site's pods say, unless that is being asked already. */
export function askForDiagnosis({ state, intents }: Turn, site: SiteProgress): void {
  if (site.diagnosing) return;
  site.diagnosing = true;
  state.diagnosing += 1;
  intents.push({ type: "diagnose", site: site.planned });
}

function markUpdated(state: RolloutState, site: SiteProgress, observed: ObservedSite): void {
  moveSite(state, site, "updated");
  site.reason = undefined;
  site.availableWhenDone = observed.status.available;
}

/** Counts a site that ran to its end: for its wave, and for the rate. */
function settle(state: RolloutState, site: SiteProgress, now: number): void {
  if (site.wave === state.wave) state.settledInWave += 1;
  site.settledAt = now;
  state.finishTimes.push(now);
  if (state.finishTimes.length > maxFinishTimes) state.finishTimes.shift();
}
