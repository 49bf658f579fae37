import { expect, test } from "vitest";
import type { ObservedSite } from "../../../shared/rollout/observed-site.ts";
import { planUpgrade } from "../../../shared/rollout/plan-upgrade.ts";
import { advance } from "../../../shared/rollout/rollout-machine.ts";
import { createRolloutState, type RolloutState } from "../../../shared/rollout/rollout-state.ts";
import { recordedSites, type RecordedSite } from "../../../shared/rollout/site-times.ts";
import { defaultStrategy } from "../../../shared/rollout/strategy.ts";
import { image11, observedSite, replicaSetIndex } from "./site-fixture.ts";

const id = "u-20261123-203015-x7k2";

function upgradeOf(...sites: readonly ObservedSite[]): RolloutState {
  const plan = planUpgrade(sites, replicaSetIndex(), {
    id,
    container: "subscribie",
    strategy: { ...defaultStrategy.upgrade, canary: [], inFlight: { count: 100 } },
    target: { kind: "tag", tag: "v0.11" },
  });
  return createRolloutState(plan, 1_000);
}

/** As it is once its new pods are available. */
function upgraded(name: string): ObservedSite {
  const before = observedSite({ name });
  return {
    ...before,
    generation: before.generation + 1,
    observedGeneration: before.generation + 1,
    containers: before.containers.map((container) => ({ ...container, image: image11 })),
    annotations: { ...before.annotations, rollout: id },
  };
}

function timesOf(sites: readonly RecordedSite[]) {
  return sites.map(({ name, outcome, startedMs, finishedMs }) => [name, outcome, startedMs, finishedMs]);
}

test("a site's times count from the rollout's start: when it was patched, when it was available", () => {
  const state = upgradeOf(
    observedSite({ name: "a" }),
    observedSite({ name: "b" }),
    observedSite({ name: "c" }),
  );
  advance(state, { type: "started" }, 1_000);
  const unavailable = { ...upgraded("a"), status: { replicas: 1, updated: 0, available: 1 } };
  advance(state, { type: "patched", site: "shops/a", observed: unavailable }, 1_200);
  advance(
    state,
    {
      type: "patched",
      site: "shops/b",
      observed: { ...unavailable, name: "b", uid: observedSite({ name: "b" }).uid },
    },
    1_300,
  );
  advance(state, { type: "patchFailed", site: "shops/c", failure: "refused", reason: "too large" }, 1_400);
  advance(state, { type: "observed", observed: upgraded("a") }, 3_200);
  expect(timesOf(recordedSites(state, (time) => time - 500, new Map()))).toEqual([
    ["a", "updated", 700, 2_700],
    ["b", "pending", 800, undefined],
    ["c", "failed", undefined, undefined],
  ]);
});

test("a site that had been changed before its rollout was resumed keeps its times", () => {
  const state = upgradeOf(upgraded("a"), upgraded("b"));
  const earlier = new Map<string, RecordedSite>(
    (["a", "b"] as const).map((name) => [
      `shops/${name}`,
      {
        namespace: "shops",
        name,
        from: "",
        to: image11,
        reason: "",
        startedMs: 10,
        ...(name === "a" ? { outcome: "updated", finishedMs: 20 } : { outcome: "pending" }),
      },
    ]),
  );
  advance(state, { type: "started" }, 90_000);
  for (const name of ["a", "b"]) advance(state, { type: "observed", observed: upgraded(name) }, 91_000);
  expect(timesOf(recordedSites(state, (time) => time, earlier))).toEqual([
    ["a", "updated", 10, 20],
    ["b", "updated", 10, 91_000],
  ]);
});
