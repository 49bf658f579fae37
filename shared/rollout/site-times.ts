import { siteKey } from "./observed-site.ts";
import { rolloutResult, type SiteResult } from "./rollout-result.ts";
import type { RolloutState, SiteProgress } from "./rollout-state.ts";

/** Milliseconds since the rollout began. */
interface SiteTimes {
  /** When the API server had taken the site's PATCH; absent for a site that was not changed. */
  readonly startedMs?: number;
  /** When it was available, or had failed; absent while neither is so. */
  readonly finishedMs?: number;
}

/** What a record keeps of one site: its result, and when it was changed. */
export interface RecordedSite extends SiteResult, SiteTimes {}

/**
 * The results as they stand, with their times.
 *
 * @param sinceStart how long after the rollout's beginning a time on the state's clock is: for a rollout that was
 *   resumed, that clock began later
 * @param earlier what was recorded before the rollout was resumed, by `namespace/name`
 */
export function recordedSites(
  state: RolloutState,
  sinceStart: (time: number) => number,
  earlier: ReadonlyMap<string, RecordedSite>,
): RecordedSite[] {
  return rolloutResult(state).sites.map((result) => {
    const key = siteKey(result);
    const own = ownTimes(state.sites.get(key), sinceStart);
    const before = earlier.get(key);
    return Object.assign(result, before?.startedMs === undefined ? own : earlierTimes(before, result, own));
  });
}

/** Of a site that had been changed before: this run only saw it again. */
function earlierTimes(before: RecordedSite, result: SiteResult, own: SiteTimes): SiteTimes {
  return before.outcome === result.outcome
    ? siteTimes(before.startedMs, before.finishedMs)
    : siteTimes(before.startedMs, own.finishedMs);
}

function ownTimes(site: SiteProgress | undefined, sinceStart: (time: number) => number): SiteTimes {
  // Only what was patched has a generation to wait for.
  if (site?.generation === undefined) return {};
  const at = (time: number) => Math.max(0, Math.round(sinceStart(time)));
  return siteTimes(at(site.patchedAt), site.settledAt === undefined ? undefined : at(site.settledAt));
}

/** The times that are known; a site that was not changed has no end either. */
export function siteTimes(startedMs: number | undefined, finishedMs: number | undefined): SiteTimes {
  if (startedMs === undefined) return {};
  return finishedMs === undefined ? { startedMs } : { startedMs, finishedMs };
}
