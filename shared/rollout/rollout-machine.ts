import type { ObservedSite } from "./observed-site.ts";
import type { PatchFailure, RolloutEvent, RolloutIntent, RolloutState, Turn } from "./rollout-state.ts";
import { finishWhenDone, requestStop } from "./rollout-stop.ts";
import { announceWave, isCanaryPhase, passWaves, startSites } from "./rollout-waves.ts";
import { loseSight, regainSight } from "./rollout-sight.ts";
import { scheduleSite } from "./site-deadlines.ts";
import { adoptSite, takeDeleted, takeObserved } from "./site-observation.ts";
import { conflictSite, failSite, moveSite, skipSite } from "./site-outcomes.ts";
import { expireDeadlines, takeDiagnosed } from "./site-stall.ts";

/**
 * Takes one event and says what is to be done: the whole of a rollout's behaviour, without any effect of its own.
 * It changes `state` in place and depends on nothing but its arguments. Each event costs O(log n) at most, but for the rare ones that begin and end.
 *
 * The rules that hold whatever events come, in whatever order, how late and how often:
 *
 * - never more than in-flight sites are unfinished (asked to be patched, or patched and neither done nor failed);
 * - a site's PATCH is asked for once a rollout at most, also across a restart;
 * - nothing starts once failures exceed what is tolerated (none among canaries), nor after a stop was asked for;
 * - nothing starts, and no site is late, while nobody sees the sites; after a soak none starts without a fresh look;
 * - what was started runs to its end before the rollout says Paused, but where waiting is not wanted (interrupted,
 *   timed out, aborted, Lease lost, API server gone): there only the answers to PATCHes are waited for;
 * - it ends, provided that every `patch`, `diagnose` and `look` is answered and every `wakeAt` brings its `tick`.
 *
 * @param now milliseconds on one clock that never goes back
 */
export function advance(state: RolloutState, event: RolloutEvent, now: number): RolloutIntent[] {
  const turn: Turn = { state, now, intents: [] };
  if (state.phase !== "Progressing") return turn.intents;
  take(turn, event);
  expireDeadlines(turn);
  checkBudget(turn);
  passWaves(turn);
  startSites(turn);
  finishWhenDone(turn);
  armWakeUp(turn);
  return turn.intents;
}

function take(turn: Turn, event: RolloutEvent): void {
  const { state } = turn;
  switch (event.type) {
    case "started":
      return start(turn);
    case "patched":
      return takePatched(turn, event.site, event.observed);
    case "patchFailed":
      return takePatchFailed(turn, event.site, event.failure, event.reason);
    case "observed":
      return takeObserved(turn, event.observed);
    case "deleted":
      return takeDeleted(turn, event.site);
    case "diagnosed":
      return takeDiagnosed(turn, event.site, event.reason);
    case "stopRequested":
      return requestStop(turn, event.cause);
    case "sightLost":
      return loseSight(turn);
    case "sightRegained":
      return regainSight(turn);
    case "looked":
      if (state.look === "asked") state.look = "answered";
      return undefined;
    case "tick":
      state.armedAt = undefined;
      return undefined;
  }
}

function start(turn: Turn): void {
  const { state, now } = turn;
  if (state.startedAt !== undefined) return;
  state.startedAt = now;
  const { timeoutMs } = state.plan.strategy;
  if (timeoutMs !== undefined) state.deadlines.add(now + timeoutMs, undefined);
  for (const site of state.order) if (site.step === "waiting") scheduleSite(state, site);
  announceWave(turn);
}

function takePatched(turn: Turn, key: string, observed: ObservedSite): void {
  const { state, now } = turn;
  const site = state.sites.get(key);
  if (site?.step !== "patching") return;
  const { early } = site;
  adoptSite(state, site, observed, now);
  takeObserved(turn, observed);
  // The watch may be faster than the answer to the PATCH, and may have nothing more to say.
  if (early !== undefined) takeObserved(turn, early);
}

function takePatchFailed(turn: Turn, key: string, failure: PatchFailure, reason: string): void {
  const { state } = turn;
  const site = state.sites.get(key);
  if (site?.step !== "patching") return;
  site.early = undefined;
  switch (failure) {
    case "conflict":
      return conflictSite(turn, site, reason);
    case "gone":
      return skipSite(turn, site, reason);
    case "refused":
      return failSite(turn, site, reason);
    case "forbidden":
      failSite(turn, site, reason);
      // A rollback goes on past failures; it may be allowed in the next namespace.
      if (state.plan.kind !== "rollback") requestStop(turn, "forbidden");
      return undefined;
    case "not-sent":
      moveSite(state, site, "pending");
      // Its turn does not come again: where nothing has stopped the rollout, this does.
      if (state.stop === undefined) requestStop(turn, "unreachable");
      return undefined;
    case "unreachable":
      // It may have been changed: the next run finds out by the annotations.
      moveSite(state, site, "pending");
      site.reason = reason;
      return requestStop(turn, "unreachable");
  }
}

function checkBudget(turn: Turn): void {
  const { state } = turn;
  // A rollback is the way out: it goes on past failures, and is never rolled back by itself.
  if (state.plan.kind === "rollback") return;
  const tolerated = isCanaryPhase(state) ? 0 : state.plan.strategy.maxFailures;
  if (state.failures > tolerated) requestStop(turn, "failures");
}

function armWakeUp({ state, intents }: Turn): void {
  const at = state.deadlines.earliest();
  if (state.phase !== "Progressing" || at === undefined || at >= (state.armedAt ?? Number.POSITIVE_INFINITY))
    return;
  state.armedAt = at;
  intents.push({ type: "wakeAt", at });
}
