import { moveSite } from "./site-outcomes.ts";
import { unfinishedCount, type RolloutState, type Turn } from "./rollout-state.ts";

/** Whether the current sites are canaries: each of them must be healthy before any other site starts. */
export function isCanaryPhase(state: RolloutState): boolean {
  return state.wave < state.plan.strategy.waves.length;
}

/** Tells which wave, or the window, begins. */
export function announceWave({ state, intents }: Turn): void {
  const { waves, inFlight } = state.plan.strategy;
  const size = waves[state.wave];
  const notice =
    size === undefined
      ? ({ kind: "windowOpened", sites: state.counts.pending, inFlight } as const)
      : ({ kind: "waveStarted", wave: state.wave + 1, waves: waves.length, size } as const);
  intents.push({ type: "notice", notice });
}

/**
 * Goes on to the next wave once the current one is through: as many sites as it has ran to their end (sites that
 * turned out to be left alone prove nothing, and others took their place), none is unfinished, it has soaked, and a
 * fresh look after the soak found it healthy still.
 */
export function passWaves(turn: Turn): void {
  const { state } = turn;
  while (state.startedAt !== undefined && state.stop === undefined && state.counts.pending > 0) {
    const size = state.plan.strategy.waves[state.wave];
    if (size === undefined || state.settledInWave < size || unfinishedCount(state) > 0) return;
    if (!hasSoaked(turn)) return;
    endSoak(state);
    state.wave += 1;
    state.settledInWave = 0;
    announceWave(turn);
  }
}

function hasSoaked({ state, now, intents }: Turn): boolean {
  const { soakMs } = state.plan.strategy;
  if (soakMs === 0) return true;
  if (state.soakUntil === undefined) {
    state.soakUntil = now + soakMs;
    state.deadlines.add(state.soakUntil, undefined);
    intents.push({
      type: "notice",
      notice: { kind: "soakStarted", wave: state.wave + 1, until: state.soakUntil },
    });
  }
  if (now < state.soakUntil || state.unseenSince !== undefined) {
    // An answer to a look that came while the soak was made longer is of before.
    if (state.look === "answered") state.look = undefined;
    return false;
  }
  if (state.look === undefined) {
    state.look = "asked";
    intents.push({ type: "look" });
  }
  return state.look === "answered";
}

/** There is nothing to soak any more: the wave is through, or no other one is to begin. */
export function endSoak(state: RolloutState): void {
  state.soakUntil = undefined;
  state.look = undefined;
}

/** Starts as many sites as may be unfinished at once, in the order of the plan. */
export function startSites({ state, intents }: Turn): void {
  while (mayStart(state)) {
    const site = state.order[state.cursor];
    if (site === undefined) return;
    state.cursor += 1;
    if (site.step !== "pending") continue;
    moveSite(state, site, "patching");
    site.wave = state.wave;
    intents.push({ type: "patch", site: site.planned });
  }
}

function mayStart(state: RolloutState): boolean {
  const { startedAt, stop, soakUntil, unseenSince } = state;
  if (startedAt === undefined || stop !== undefined || soakUntil !== undefined || unseenSince !== undefined)
    return false;
  const unfinished = unfinishedCount(state);
  const size = state.plan.strategy.waves[state.wave];
  return (
    unfinished < state.plan.strategy.inFlight &&
    (size === undefined || state.settledInWave + unfinished < size)
  );
}
