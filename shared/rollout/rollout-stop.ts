import {
  unfinishedCount,
  type RolloutPhase,
  type RolloutState,
  type StopCause,
  type Turn,
} from "./rollout-state.ts";
import { endSoak } from "./rollout-waves.ts";

/** Whether what was started is still waited for, and the phase in which the rollout ends. */
const stopOf: Readonly<Record<StopCause, { readonly drain: boolean; readonly phase: RolloutPhase }>> = {
  failures: { drain: true, phase: "Paused" },
  forbidden: { drain: true, phase: "Paused" },
  pause: { drain: true, phase: "Paused" },
  abort: { drain: false, phase: "Aborted" },
  interrupt: { drain: false, phase: "Paused" },
  timeout: { drain: false, phase: "Paused" },
  unreachable: { drain: false, phase: "Paused" },
  "lease-lost": { drain: false, phase: "Paused" },
};

/** Starts no more sites. A second cause counts only where it is more urgent: it does not wait, or it aborts. */
export function requestStop({ state, intents }: Turn, cause: StopCause): void {
  const wanted = { cause, ...stopOf[cause] };
  const { stop } = state;
  const isMoreUrgent =
    stop === undefined ||
    (stop.drain && !wanted.drain) ||
    (wanted.phase === "Aborted" && stop.phase !== "Aborted");
  if (!isMoreUrgent) return;
  state.stop = wanted;
  endSoak(state);
  intents.push({ type: "notice", notice: { kind: "stopping", cause, unfinished: unfinishedCount(state) } });
}

/** Ends the rollout when nothing is left to do, or when a stop need not wait any more. */
export function finishWhenDone(turn: Turn): void {
  const { state } = turn;
  const { stop } = state;
  const isSettled = unfinishedCount(state) === 0 && state.diagnosing === 0;
  const isThrough = isSettled && state.counts.pending === 0 && state.startedAt !== undefined;
  const isStopped = stop !== undefined && (stop.drain ? isSettled : state.counts.patching === 0);
  if (!isThrough && !isStopped) return;
  const end = isThrough ? endOfAll(state) : { phase: stop?.phase ?? "Paused", cause: stop?.cause };
  finish(turn, end);
}

/** Every site ran to its end: a stop that only kept others from starting, and came too late, stopped nothing. */
function endOfAll(state: RolloutState): { phase: RolloutPhase; cause: StopCause | undefined } {
  const { stop } = state;
  if (stop?.cause === "failures" || stop?.cause === "forbidden" || stop?.cause === "abort") return stop;
  const failed = state.counts.failed + state.counts.conflict + state.untouched.failed;
  const isTolerated = failed <= state.plan.strategy.maxFailures;
  return { phase: isTolerated ? "Complete" : "Failed", cause: undefined };
}

function finish(
  { state, now, intents }: Turn,
  end: { readonly phase: RolloutPhase; readonly cause: StopCause | undefined },
): void {
  const { kind, strategy, id } = state.plan;
  const rollsBack = end.cause === "failures" && strategy.onFailure === "rollback" && kind !== "rollback";
  state.phase = rollsBack ? "Failed" : end.phase;
  state.cause = end.cause;
  state.finishedAt = now;
  if (rollsBack) intents.push({ type: "startRollback", of: id });
  intents.push({ type: "finished", phase: state.phase, cause: end.cause });
}
