import type { Turn } from "./rollout-state.ts";
import { scheduleSite } from "./site-deadlines.ts";

/** An API server that restarts or moves is back well before this; one that is not ends the rollout in good order. */
const longestUnseenMs = 300_000;

/** From now on nobody sees what becomes of the sites: nothing starts, no site is late, and no canary soaks. */
export function loseSight({ state, now }: Turn): void {
  if (state.unseenSince !== undefined) return;
  state.unseenSince = now;
  state.deadlines.add(now + longestUnseenMs, undefined);
}

/**
 * The sites are seen again. Waiting ones get the time back in which nobody saw them; a soak is longer by twice that
 * time, and at most begun anew: canaries count as healthy only while they are seen, and nodes that were cut off from
 * the API server as well tell only by and by what has become of their pods.
 */
export function regainSight({ state, now }: Turn): void {
  const { unseenSince, soakUntil } = state;
  if (unseenSince === undefined) return;
  state.unseenSince = undefined;
  const unseenMs = now - unseenSince;
  if (soakUntil !== undefined) {
    const leftMs = Math.max(0, soakUntil - unseenSince);
    state.soakUntil = now + Math.min(leftMs + unseenMs, state.plan.strategy.soakMs);
    state.deadlines.add(state.soakUntil, undefined);
  }
  for (const site of state.order) {
    if (site.step !== "waiting") continue;
    site.unseenMs += Math.min(unseenMs, now - site.patchedAt);
    site.changedAt = Math.min(now, site.changedAt + unseenMs);
    scheduleSite(state, site);
  }
}

/** Whether the API server has been away for so long that nobody waits for it any more. */
export function isUnseenForTooLong({ state, now }: Turn): boolean {
  return state.unseenSince !== undefined && now >= state.unseenSince + longestUnseenMs;
}
