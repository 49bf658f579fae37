import { expect, test } from "vitest";
import { planUpgrade } from "../../../shared/rollout/plan-upgrade.ts";
import { advance } from "../../../shared/rollout/rollout-machine.ts";
import { createRolloutState, type RolloutState } from "../../../shared/rollout/rollout-state.ts";
import { viewRollout } from "../../../shared/rollout/rollout-view.ts";
import { defaultStrategy, type RolloutStrategy } from "../../../shared/rollout/strategy.ts";
import { image11, observedSite, replicaSetIndex } from "./site-fixture.ts";

const id = "u-20261123-203015-x7k2";

function start(size: number, strategy: RolloutStrategy): RolloutState {
  const sites = Array.from({ length: size }, (_, index) => observedSite({ name: `shop-${index}` }));
  const plan = planUpgrade(sites, replicaSetIndex(), {
    id,
    container: "subscribie",
    strategy,
    target: { kind: "tag", tag: "v0.11" },
  });
  const state = createRolloutState(plan, 0);
  advance(state, { type: "started" }, 0);
  return state;
}

/** Brings the next site that was started to its end. */
function finishOne(state: RolloutState, now: number): void {
  const site = state.order.find(({ step }) => step === "patching");
  if (site === undefined) throw new Error("no site is being patched");
  const { name } = site.planned;
  const observed = observedSite({
    name,
    image: image11,
    generation: 2,
    observedGeneration: 2,
    annotations: { rollout: id },
  });
  advance(state, { type: "patched", site: site.key, observed }, now);
}

test("a canary wave is shown with its size and how many are through", () => {
  const state = start(100, { ...defaultStrategy.upgrade, canary: [{ count: 3 }] });
  finishOne(state, 1_000);
  expect(viewRollout(state, 2_000)).toMatchObject({
    phase: "Progressing",
    stage: { kind: "canary", wave: 1, waves: 1, size: 3, settled: 1 },
    toChange: 100,
    settled: 1,
    unfinished: 2,
    elapsedMs: 2_000,
    rate: undefined,
    remainingMs: undefined,
  });
});

test("a soak is shown with the time that is left", () => {
  const state = start(100, { ...defaultStrategy.upgrade, canary: [{ count: 1 }] });
  finishOne(state, 1_000);
  expect(viewRollout(state, 4_000).stage).toEqual({ kind: "soak", wave: 1, waves: 1, remainingMs: 7_000 });
});

test("the window is shown with its rate and an estimate, which grows while nothing finishes", () => {
  const state = start(100, { ...defaultStrategy.upgrade, canary: [] });
  for (let second = 1; second <= 11; second += 1) finishOne(state, second * 1_000);
  const view = viewRollout(state, 11_000);
  expect(view).toMatchObject({ stage: { kind: "window" }, rate: 1, remainingMs: 89_000, inFlight: 20 });
  expect(viewRollout(state, 21_000).remainingMs).toBe(178_000);
});

test("failures are shown newest first, and why nothing more starts", () => {
  const state = start(10, { ...defaultStrategy.upgrade, canary: [], maxFailures: { count: 1 } });
  const [first, second] = state.order;
  advance(state, { type: "patchFailed", site: first?.key ?? "", failure: "refused", reason: "one" }, 1);
  advance(state, { type: "patchFailed", site: second?.key ?? "", failure: "refused", reason: "two" }, 2);
  const view = viewRollout(state, 3);
  expect(view.stopping).toBe("failures");
  expect(view.lastFailures.map(({ reason }) => reason)).toEqual(["two", "one"]);
  expect(view.counts).toMatchObject({ failed: 2, pending: 8 });
});
