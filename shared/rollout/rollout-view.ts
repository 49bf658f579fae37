import { countOutcomes, type RolloutCounts } from "./rollout-result.ts";
import { unfinishedCount, type RolloutPhase, type RolloutState, type StopCause } from "./rollout-state.ts";

/** What a live display shows of a rollout: plain values, no wording and no colours. */
export interface RolloutView {
  readonly id: string;
  readonly kind: RolloutState["plan"]["kind"];
  readonly target: string;
  readonly phase: RolloutPhase;
  /** Why no more sites start, while what was started is waited for. */
  readonly stopping: StopCause | undefined;
  readonly counts: RolloutCounts;
  /** Sites that the rollout changes: all, and those that ran to their end. */
  readonly toChange: number;
  readonly settled: number;
  readonly unfinished: number;
  readonly inFlight: number;
  readonly stage: ViewStage;
  readonly elapsedMs: number;
  /** Sites a second over the last ones that finished; undefined before there are two. */
  readonly rate: number | undefined;
  /** Until all sites are through at that rate; undefined when it cannot be told. */
  readonly remainingMs: number | undefined;
  /** Newest first. */
  readonly lastFailures: readonly { readonly site: string; readonly reason: string }[];
}

type ViewStage =
  /** Waves count from 1. */
  | {
      readonly kind: "canary";
      readonly wave: number;
      readonly waves: number;
      readonly size: number;
      readonly settled: number;
    }
  | { readonly kind: "soak"; readonly wave: number; readonly waves: number; readonly remainingMs: number }
  | { readonly kind: "window" };

/** The view of a rollout at a time, on the clock of its events. */
export function viewRollout(state: RolloutState, now: number): RolloutView {
  const { plan, counts } = state;
  const toChange = state.order.length;
  const settled = counts.updated + counts.failed + counts.conflict + counts.skipped;
  const rate = rateOf(state, now);
  const canEstimate = rate !== undefined && state.phase === "Progressing" && state.stop === undefined;
  return {
    id: plan.id,
    kind: plan.kind,
    target: plan.target,
    phase: state.phase,
    stopping: state.phase === "Progressing" ? state.stop?.cause : undefined,
    counts: countOutcomes(state),
    toChange,
    settled,
    unfinished: unfinishedCount(state),
    inFlight: plan.strategy.inFlight,
    stage: stageOf(state, now),
    elapsedMs: (state.finishedAt ?? now) - (state.startedAt ?? now),
    rate,
    remainingMs: canEstimate ? Math.round(((toChange - settled) / rate) * 1000) : undefined,
    lastFailures: state.lastFailures
      .map(({ key, reason }) => ({ site: key, reason: reason ?? "" }))
      .toReversed(),
  };
}

function stageOf(state: RolloutState, now: number): ViewStage {
  const { waves } = state.plan.strategy;
  const size = waves[state.wave];
  if (size === undefined) return { kind: "window" };
  const place = { wave: state.wave + 1, waves: waves.length };
  if (state.soakUntil !== undefined) {
    return { kind: "soak", ...place, remainingMs: Math.max(0, state.soakUntil - (state.unseenSince ?? now)) };
  }
  return { kind: "canary", ...place, size, settled: Math.min(size, state.settledInWave) };
}

/** Over the finishes that are kept, up to now: so it falls while nothing finishes. */
function rateOf(state: RolloutState, now: number): number | undefined {
  const first = state.finishTimes[0];
  const until = state.finishedAt ?? now;
  if (first === undefined || state.finishTimes.length < 2 || until <= first) return undefined;
  return ((state.finishTimes.length - 1) / (until - first)) * 1000;
}
