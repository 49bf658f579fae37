import { beforeEach, describe, expect, test } from "vitest";
import type { ObservedSite } from "../../../shared/rollout/observed-site.ts";
import { planUpgrade } from "../../../shared/rollout/plan-upgrade.ts";
import { planRollback } from "../../../shared/rollout/plan-rollback.ts";
import { advance } from "../../../shared/rollout/rollout-machine.ts";
import { rolloutExitCode, rolloutResult } from "../../../shared/rollout/rollout-result.ts";
import {
  createRolloutState,
  type RolloutEvent,
  type RolloutIntent,
  type RolloutState,
} from "../../../shared/rollout/rollout-state.ts";
import { defaultStrategy, type RolloutStrategy } from "../../../shared/rollout/strategy.ts";
import { image10, image11, observedReplicaSet, observedSite, replicaSetIndex } from "./site-fixture.ts";

const id = "u-20261123-203015-x7k2";
const ungated: RolloutStrategy = { ...defaultStrategy.upgrade, canary: [], inFlight: { count: 100 } };
const oneCanary: RolloutStrategy = { ...ungated, canary: [{ count: 1 }], soakMs: 10_000 };

let state: RolloutState;
let now: number;

beforeEach(() => {
  now = 1_000;
});

function upgrade(
  names: readonly string[],
  strategy: RolloutStrategy,
  earlierFailures?: ReadonlyMap<string, string>,
) {
  return upgradeSites(
    names.map((name) => observedSite({ name })),
    strategy,
    earlierFailures,
  );
}

function upgradeSites(
  sites: readonly ObservedSite[],
  strategy: RolloutStrategy,
  earlierFailures: ReadonlyMap<string, string> = new Map(),
): RolloutIntent[] {
  const plan = planUpgrade(sites, replicaSetIndex(), {
    id,
    container: "subscribie",
    strategy,
    target: { kind: "tag", tag: "v0.11" },
  });
  state = createRolloutState(plan, now, earlierFailures);
  return tell({ type: "started" });
}

function tell(event: RolloutEvent, afterMs = 0): RolloutIntent[] {
  now += afterMs;
  return advance(state, event, now);
}

function startedBy(intents: readonly RolloutIntent[]): string[] {
  return intents.flatMap((intent) => (intent.type === "patch" ? [`shops/${intent.site.name}`] : []));
}

function kinds(intents: readonly RolloutIntent[]): string[] {
  return intents
    .filter((intent) => intent.type !== "wakeAt")
    .map((intent) => (intent.type === "notice" ? intent.notice.kind : intent.type));
}

/** A site after our PATCH, by how far the controller is. */
function patched(key: string, different: Parameters<typeof observedSite>[0] = {}): ObservedSite {
  return observedSite({
    name: key.replace("shops/", ""),
    image: image11,
    generation: 2,
    observedGeneration: 2,
    annotations: { rollout: id },
    ...different,
  });
}

const unavailable = { status: { replicas: 2, updated: 1, available: 1 } };

function answer(key: string): RolloutIntent[] {
  return tell({ type: "patched", site: key, observed: patched(key, { observedGeneration: 1 }) });
}

function makeHealthy(key: string): RolloutIntent[] {
  return [...answer(key), ...tell({ type: "observed", observed: patched(key) })];
}

/** Time passes, and a look that is asked for then shows every site as the test has told it. */
function soak(afterMs: number): RolloutIntent[] {
  const intents = tell({ type: "tick" }, afterMs);
  return kinds(intents).includes("look") ? [...intents, ...tell({ type: "looked" })] : intents;
}

function outcomes(): Record<string, string> {
  return Object.fromEntries(rolloutResult(state).sites.map(({ name, outcome }) => [name, outcome]));
}

function reasonOf(name: string): string | undefined {
  return rolloutResult(state).sites.find((site) => site.name === name)?.reason;
}

const exceeded = (lastUpdateTime: string) => ({
  progressing: { status: "False", reason: "ProgressDeadlineExceeded", message: "", lastUpdateTime },
});

describe("canaries", () => {
  test("start alone, and the others only after they are healthy and have soaked", () => {
    const [canary = ""] = startedBy(upgrade(["a", "b", "c"], oneCanary));
    const done = makeHealthy(canary);
    expect(startedBy(done)).toEqual([]);
    expect(kinds(done)).toContain("soakStarted");
    expect(startedBy(soak(9_999))).toEqual([]);
    expect(startedBy(soak(1))).toHaveLength(2);
  });

  test("are looked at once more after the soak, before any other site starts", () => {
    const [canary = ""] = startedBy(upgrade(["a", "b"], oneCanary));
    makeHealthy(canary);
    expect(kinds(tell({ type: "tick" }, 10_000))).toEqual(["look"]);
    expect(kinds(tell({ type: "tick" }, 5_000))).toEqual([]);
    const lost = patched(canary, { status: { replicas: 1, updated: 1, available: 0 } });
    expect(kinds(tell({ type: "observed", observed: lost }))).toContain("stopping");
    expect(startedBy(tell({ type: "looked" }))).toEqual([]);
    expect(outcomes()).toEqual({ a: "failed", b: "pending" });
  });

  test.for([
    ["a moment", 1_000, 4_000 + 1_000],
    ["longer than the soak", 60_000, 10_000],
  ] as const)(
    "soak only while they are seen: what %s hid is made up for, and they are looked at",
    ([, unseenMs, thenMs]) => {
      const [canary = ""] = startedBy(upgrade(["a", "b"], oneCanary));
      makeHealthy(canary);
      expect(startedBy(soak(6_000))).toEqual([]);
      tell({ type: "sightLost" });
      expect(kinds(tell({ type: "tick" }, unseenMs))).not.toContain("look");
      tell({ type: "sightRegained" });
      expect(startedBy(soak(thenMs - 1))).toEqual([]);
      expect(startedBy(soak(1))).toHaveLength(1);
    },
  );

  test("are looked at again when the answer to a look came while the soak was made longer", () => {
    const [canary = ""] = startedBy(upgrade(["a", "b"], oneCanary));
    makeHealthy(canary);
    expect(kinds(tell({ type: "tick" }, 10_000))).toEqual(["look"]);
    tell({ type: "sightLost" });
    tell({ type: "sightRegained" }, 2_000);
    expect(startedBy(tell({ type: "looked" }))).toEqual([]);
    expect(startedBy(tell({ type: "tick" }, 1_999))).toEqual([]);
    expect(startedBy(soak(1))).toHaveLength(1);
  });

  test("stop the rollout when one fails, whatever failures are tolerated later", () => {
    const [canary = ""] = startedBy(upgrade(["a", "b", "c"], { ...oneCanary, maxFailures: { count: 9 } }));
    const intents = tell({ type: "patchFailed", site: canary, failure: "refused", reason: "denied" });
    expect(intents.at(-1)).toEqual({ type: "finished", phase: "Paused", cause: "failures" });
    expect(rolloutResult(state).counts).toMatchObject({ failed: 1, pending: 2 });
    expect(rolloutExitCode(state)).toBe(1);
  });

  test("fail when they become unavailable during the soak", () => {
    const [canary = ""] = startedBy(upgrade(["a", "b"], oneCanary));
    makeHealthy(canary);
    const lost = patched(canary, { status: { replicas: 1, updated: 1, available: 0 } });
    expect(kinds(tell({ type: "observed", observed: lost }, 5_000))).toEqual(["diagnose", "stopping"]);
    const crash = {
      code: "CrashLoopBackOff",
      message: "CrashLoopBackOff: last exit code 3",
      isTerminal: true,
    };
    const intents = tell({ type: "diagnosed", site: canary, reason: crash });
    expect(kinds(intents)).toEqual(["siteFailed", "finished"]);
    expect(reasonOf(canary.slice(6))).toBe(
      "CrashLoopBackOff: last exit code 3 (it became unavailable after it had been healthy)",
    );
  });

  test("may be scaled during the soak", () => {
    const [canary = ""] = startedBy(upgrade(["a", "b"], oneCanary));
    makeHealthy(canary);
    const scaledUp = patched(canary, {
      generation: 3,
      observedGeneration: 3,
      replicas: 3,
      status: { replicas: 3, updated: 3, available: 1 },
    });
    tell({ type: "observed", observed: scaledUp }, 1_000);
    const suspended = { ...scaledUp, replicas: 0, status: { replicas: 0, updated: 0, available: 0 } };
    tell({ type: "observed", observed: suspended }, 1_000);
    expect(startedBy(soak(8_000))).toHaveLength(1);
  });

  test("are replaced when they turn out to be left alone, since those prove nothing", () => {
    const [canary = ""] = startedBy(upgrade(["a", "b", "c"], oneCanary));
    const next = startedBy(
      tell({ type: "patchFailed", site: canary, failure: "conflict", reason: "changed" }),
    );
    expect(next).toHaveLength(1);
    expect(startedBy(makeHealthy(next[0] ?? ""))).toEqual([]);
    expect(startedBy(soak(10_000))).toHaveLength(1);
  });

  test("do not soak when there is no site after them", () => {
    const [canary = ""] = startedBy(upgrade(["a"], oneCanary));
    expect(makeHealthy(canary).at(-1)).toEqual({ type: "finished", phase: "Complete", cause: undefined });
  });
});

describe("the window", () => {
  test("starts one site as soon as one finishes", () => {
    const started = startedBy(
      upgrade(["a", "b", "c", "d"], { ...ungated, inFlight: { count: 2 }, inFlightAtLeast: 1 }),
    );
    expect(started).toHaveLength(2);
    expect(startedBy(makeHealthy(started[0] ?? ""))).toHaveLength(1);
  });

  test("stops when failures exceed what is tolerated, not when they reach it, and waits for what it started", () => {
    const strategy = { ...ungated, inFlight: { count: 2 }, inFlightAtLeast: 1, maxFailures: { count: 1 } };
    const [first = "", second = ""] = startedBy(upgrade(["a", "b", "c", "d", "e"], strategy));
    const [third = ""] = startedBy(
      tell({ type: "patchFailed", site: first, failure: "refused", reason: "no" }),
    );
    expect(third).not.toBe("");
    expect(kinds(tell({ type: "patchFailed", site: second, failure: "refused", reason: "no" }))).toEqual([
      "siteFailed",
      "stopping",
    ]);
    expect(state.phase).toBe("Progressing");
    expect(makeHealthy(third).at(-1)).toEqual({ type: "finished", phase: "Paused", cause: "failures" });
    expect(rolloutResult(state).counts).toMatchObject({ updated: 1, failed: 2, pending: 2 });
  });

  test("asks for a rollback instead of a pause when told to", () => {
    const [site = ""] = startedBy(upgrade(["a", "b"], { ...oneCanary, onFailure: "rollback" }));
    const intents = tell({ type: "patchFailed", site, failure: "refused", reason: "no" });
    expect(intents.slice(-2)).toEqual([
      { type: "startRollback", of: id },
      { type: "finished", phase: "Failed", cause: "failures" },
    ]);
  });

  test("is complete with tolerated failures, and its command still fails", () => {
    const started = startedBy(upgrade(["a", "b"], { ...ungated, maxFailures: { count: 1 } }));
    tell({ type: "patchFailed", site: started[0] ?? "", failure: "refused", reason: "no" });
    makeHealthy(started[1] ?? "");
    expect(state.phase).toBe("Complete");
    expect(rolloutExitCode(state)).toBe(1);
  });

  test("goes on past a conflict, which is reported and counts as failed", () => {
    const started = startedBy(upgrade(["a", "b"], ungated));
    tell({ type: "patchFailed", site: started[0] ?? "", failure: "conflict", reason: "changed" });
    makeHealthy(started[1] ?? "");
    expect(state.phase).toBe("Failed");
    expect(rolloutResult(state).counts).toMatchObject({ updated: 1, failed: 1 });
  });

  test("stops the whole rollout when we may not patch", () => {
    const [site = ""] = startedBy(
      upgrade(["a", "b"], { ...ungated, inFlight: { count: 1 }, inFlightAtLeast: 1 }),
    );
    const intents = tell({ type: "patchFailed", site, failure: "forbidden", reason: "may not patch" });
    expect(intents.at(-1)).toEqual({ type: "finished", phase: "Paused", cause: "forbidden" });
  });

  test("stops with an open end when the API server is gone for good", () => {
    const [site = ""] = startedBy(
      upgrade(["a", "b"], { ...ungated, inFlight: { count: 1 }, inFlightAtLeast: 1 }),
    );
    const intents = tell({ type: "patchFailed", site, failure: "unreachable", reason: "no answer" });
    expect(intents.at(-1)).toEqual({ type: "finished", phase: "Paused", cause: "unreachable" });
    expect(outcomes()).toEqual({ a: "pending", b: "pending" });
  });
});

describe("while nobody sees the sites", () => {
  const two = { ...ungated, inFlight: { count: 1 }, inFlightAtLeast: 1 };

  test("nothing starts, and what is due starts when they are seen again", () => {
    const [first = ""] = startedBy(upgrade(["a", "b"], two));
    tell({ type: "sightLost" });
    expect(startedBy(makeHealthy(first))).toEqual([]);
    expect(startedBy(tell({ type: "sightRegained" }, 20_000))).toHaveLength(1);
  });

  test("no site is late, and it gets the time back", () => {
    const [site = ""] = startedBy(upgrade(["a"], { ...ungated, siteTimeoutMs: 15_000 }));
    answer(site);
    tell({ type: "observed", observed: patched(site, unavailable) });
    tell({ type: "sightLost" }, 10_000);
    expect(kinds(tell({ type: "tick" }, 20_000))).toEqual([]);
    expect(kinds(tell({ type: "sightRegained" }))).not.toContain("diagnose");
    expect(kinds(tell({ type: "tick" }, 4_999))).not.toContain("stopping");
    expect(outcomes()).toEqual({ a: "pending" });
    expect(kinds(tell({ type: "tick" }, 1))).toContain("stopping");
    expect(outcomes()).toEqual({ a: "failed" });
  });

  test("no longer than five minutes are waited for", () => {
    const [site = ""] = startedBy(upgrade(["a", "b"], two));
    answer(site);
    tell({ type: "sightLost" });
    expect(kinds(tell({ type: "tick" }, 299_999))).toEqual([]);
    expect(tell({ type: "tick" }, 1).at(-1)).toEqual({
      type: "finished",
      phase: "Paused",
      cause: "unreachable",
    });
  });
});

describe("a site", () => {
  test("that the watch showed healthy before its PATCH was answered is done with the answer", () => {
    const [site = ""] = startedBy(upgrade(["a"], ungated));
    expect(tell({ type: "observed", observed: patched(site) })).toEqual([]);
    expect(answer(site).at(-1)).toEqual({ type: "finished", phase: "Complete", cause: undefined });
  });

  test("is not done by a status from before its PATCH", () => {
    const [site = ""] = startedBy(upgrade(["a"], ungated));
    answer(site);
    tell({ type: "observed", observed: observedSite({ name: "a" }) });
    expect(outcomes()).toEqual({ a: "pending" });
  });

  test("is not failed by a deadline that was exceeded before, only by its own", () => {
    const before = exceeded("2026-11-23T20:00:00Z");
    const [site = ""] = startedBy(upgradeSites([observedSite({ name: "a", ...before })], ungated));
    answer(site);
    tell({ type: "observed", observed: patched(site, { ...unavailable, ...before }) });
    expect(outcomes()).toEqual({ a: "pending" });
    tell({
      type: "observed",
      observed: patched(site, { ...unavailable, ...exceeded("2026-11-23T20:40:00Z") }),
    });
    expect(outcomes()).toEqual({ a: "failed" });
  });

  test("that stalls is diagnosed after 20 s, and fails when a reason that does not mend is found twice", () => {
    const [site = ""] = startedBy(upgrade(["a"], ungated));
    answer(site);
    tell({ type: "observed", observed: patched(site, unavailable) });
    expect(kinds(tell({ type: "tick" }, 19_999))).not.toContain("diagnose");
    expect(kinds(tell({ type: "tick" }, 1))).toContain("diagnose");
    const reason = { code: "ImagePullBackOff", message: "ImagePullBackOff: image x", isTerminal: true };
    tell({ type: "diagnosed", site, reason });
    expect(outcomes()).toEqual({ a: "pending" });
    expect(kinds(tell({ type: "tick" }, 10_000))).toContain("diagnose");
    tell({ type: "diagnosed", site, reason });
    expect(outcomes()).toEqual({ a: "failed" });
    expect(reasonOf("a")).toBe("ImagePullBackOff: image x");
  });

  test("that merely waits for a busy controller is not diagnosed", () => {
    const [site = ""] = startedBy(upgrade(["a"], ungated));
    answer(site);
    expect(kinds(tell({ type: "tick" }, 100_000))).not.toContain("diagnose");
  });

  test("is given as long as the others took, where all take long", () => {
    const started = startedBy(upgrade(["a", "b"], ungated));
    for (const site of started) {
      answer(site);
      tell({ type: "observed", observed: patched(site, unavailable) });
    }
    tell({ type: "observed", observed: patched(started[0] ?? "") }, 19_000);
    expect(kinds(tell({ type: "tick" }, 10_000))).not.toContain("diagnose");
    expect(kinds(tell({ type: "tick" }, 10_000))).toContain("diagnose");
  });

  test("for which no pods can be made fails with the controller's reason, without a look at pods", () => {
    const [site = ""] = startedBy(upgrade(["a"], ungated));
    answer(site);
    const replicaFailure = {
      status: "True",
      reason: "FailedCreate",
      message: "exceeded quota: pods=10",
      lastUpdateTime: "",
    };
    const stuck = patched(site, { replicaFailure, status: { replicas: 1, updated: 0, available: 1 } });
    tell({ type: "observed", observed: stuck });
    expect(kinds(tell({ type: "tick" }, 20_000))).not.toContain("diagnose");
    tell({ type: "tick" }, 10_000);
    expect(reasonOf("a")).toBe("no pods can be made: exceeded quota: pods=10");
  });

  test("fails after the site timeout, counted from its PATCH, with what its pods say", () => {
    const [site = ""] = startedBy(upgrade(["a"], { ...ungated, siteTimeoutMs: 15_000 }));
    answer(site);
    tell({ type: "observed", observed: patched(site, unavailable) }, 10_000);
    expect(kinds(tell({ type: "tick" }, 5_000))).toContain("diagnose");
    const reason = { code: "Unready", message: "Unready: its readiness probe fails", isTerminal: false };
    expect(kinds(tell({ type: "diagnosed", site, reason }))).toEqual(["siteFailed", "finished"]);
    expect(reasonOf("a")).toBe(
      "Unready: its readiness probe fails (not available after 15 s: 1 old pods are still there)",
    );
  });

  test("that becomes healthy after it failed for being slow counts as updated, and the budget stays spent", () => {
    const strategy = { ...ungated, siteTimeoutMs: 15_000, inFlight: { count: 2 }, inFlightAtLeast: 1 };
    const [slow = "", other = ""] = startedBy(upgrade(["a", "b", "c"], strategy));
    answer(slow);
    tell({ type: "tick" }, 15_000);
    expect(state.stop?.cause).toBe("failures");
    expect(kinds(tell({ type: "observed", observed: patched(slow) }))).toEqual(["siteRecovered"]);
    expect(makeHealthy(other).at(-1)).toEqual({ type: "finished", phase: "Paused", cause: "failures" });
    expect(rolloutResult(state).counts).toMatchObject({ updated: 2, failed: 0, pending: 1 });
  });

  test("that somebody else changes after its PATCH is a conflict", () => {
    const [site = ""] = startedBy(upgrade(["a"], ungated));
    answer(site);
    tell({ type: "observed", observed: patched(site, { generation: 3, image: "elsewhere/shop:v9" }) });
    expect(outcomes()).toEqual({ a: "conflict" });
  });

  test("whose image a webhook rewrote is none", () => {
    const [site = ""] = startedBy(upgrade(["a"], ungated));
    const mirrored = { image: "mirror.example/subscribie:v0.11" };
    tell({ type: "patched", site, observed: patched(site, { ...mirrored, observedGeneration: 1 }) });
    tell({ type: "observed", observed: patched(site, mirrored) });
    expect(outcomes()).toEqual({ a: "updated" });
  });

  test.each([
    ["is held", { held: true }, "it is held"],
    ["is paused", { paused: true }, "its Deployment is paused"],
    ["is being deleted", { deleting: true }, "it is being deleted"],
    ["was made anew", { uid: "another" }, "it was deleted meanwhile"],
  ])("that %s before its turn is skipped", (_what, different, reason) => {
    const [canary = ""] = startedBy(upgrade(["a", "b"], oneCanary));
    const other = canary === "shops/a" ? "b" : "a";
    tell({ type: "observed", observed: observedSite({ name: other, ...different }) });
    expect(outcomes()[other]).toBe("skipped");
    expect(reasonOf(other)).toBe(reason);
    expect(makeHealthy(canary).at(-1)).toMatchObject({ phase: "Complete" });
  });

  test("that is deleted while it is waited for is skipped, and is no failure", () => {
    const [site = ""] = startedBy(upgrade(["a"], ungated));
    answer(site);
    expect(tell({ type: "deleted", site }).at(-1)).toMatchObject({ type: "finished", phase: "Complete" });
    expect(outcomes()).toEqual({ a: "skipped" });
  });

  test("with 0 replicas is done as soon as it is observed", () => {
    const none = { replicas: 0, status: { replicas: 0, updated: 0, available: 0 } };
    const [site = ""] = startedBy(upgradeSites([observedSite({ name: "a", ...none })], ungated));
    tell({ type: "patched", site, observed: patched(site, { ...none, observedGeneration: 1 }) });
    tell({ type: "observed", observed: patched(site, none) });
    expect(outcomes()).toEqual({ a: "updated" });
  });
});

describe("a stop", () => {
  test("takes back the PATCHes that were not sent yet, and still waits for what was", () => {
    const strategy = { ...ungated, onFailure: "rollback" } as const;
    const [failed = "", sent = "", queued = ""] = startedBy(upgrade(["a", "b", "c"], strategy));
    answer(sent);
    tell({ type: "patchFailed", site: failed, failure: "refused", reason: "no" });
    tell({ type: "patchFailed", site: queued, failure: "not-sent", reason: "stopped" });
    expect(state.phase).toBe("Progressing");
    expect(kinds(tell({ type: "observed", observed: patched(sent) })).slice(-2)).toEqual([
      "startRollback",
      "finished",
    ]);
    expect(state.cause).toBe("failures");
    expect(rolloutResult(state).counts).toMatchObject({ updated: 1, failed: 1, pending: 1 });
  });

  test.each([
    ["pause", "Paused", 1],
    ["abort", "Aborted", 1],
    ["interrupt", "Paused", 130],
    ["lease-lost", "Paused", 1],
  ] as const)("by %s ends as %s", (cause, phase, exitCode) => {
    const [site = ""] = startedBy(
      upgrade(["a", "b"], { ...ungated, inFlight: { count: 1 }, inFlightAtLeast: 1 }),
    );
    tell({ type: "stopRequested", cause });
    makeHealthy(site);
    expect(state.phase).toBe(phase);
    expect(state.cause).toBe(cause);
    expect(rolloutExitCode(state)).toBe(exitCode);
  });

  test("by pause waits for the sites that were started; an interrupt only for answers to PATCHes", () => {
    const [first = "", second = ""] = startedBy(upgrade(["a", "b"], ungated));
    answer(first);
    tell({ type: "stopRequested", cause: "pause" });
    expect(state.phase).toBe("Progressing");
    tell({ type: "stopRequested", cause: "interrupt" });
    expect(state.phase).toBe("Progressing");
    answer(second);
    expect(state.phase).toBe("Paused");
    expect(state.cause).toBe("interrupt");
    expect(reasonOf("a")).toContain("changed, and not available yet");
  });

  test("by pause that comes when all sites were started changes nothing", () => {
    const [site = ""] = startedBy(upgrade(["a"], ungated));
    tell({ type: "stopRequested", cause: "pause" });
    makeHealthy(site);
    expect(state.phase).toBe("Complete");
    expect(rolloutExitCode(state)).toBe(0);
  });

  test("by timeout comes when the time is up, with its own exit code", () => {
    const [site = ""] = startedBy(upgrade(["a", "b"], { ...ungated, timeoutMs: 60_000 }));
    answer(site);
    tell({ type: "tick" }, 59_999);
    expect(state.stop).toBeUndefined();
    tell({ type: "tick" }, 1);
    expect(state.stop?.cause).toBe("timeout");
    answer("shops/b");
    answer("shops/a");
    expect(state.phase).toBe("Paused");
    expect(rolloutExitCode(state)).toBe(124);
  });

  test("before the start ends the rollout at once", () => {
    const plan = planUpgrade([observedSite()], replicaSetIndex(), {
      id,
      container: "subscribie",
      strategy: ungated,
      target: { kind: "tag", tag: "v0.11" },
    });
    state = createRolloutState(plan, now);
    expect(tell({ type: "stopRequested", cause: "interrupt" }).at(-1)).toMatchObject({ type: "finished" });
    expect(tell({ type: "started" })).toEqual([]);
  });
});

/** A site that the rollout patched before it was interrupted. */
function carrying(name: string, different: Parameters<typeof observedSite>[0] = {}): ObservedSite {
  return patched(`shops/${name}`, { annotations: { rollout: id, previousImage: image10 }, ...different });
}

describe("a resumed rollout", () => {
  test("waits for the sites that it patched before, and patches only the others", () => {
    const started = startedBy(
      upgradeSites([carrying("a", unavailable), observedSite({ name: "b" })], ungated),
    );
    expect(started).toEqual(["shops/b"]);
    makeHealthy("shops/b");
    expect(state.phase).toBe("Progressing");
    tell({ type: "observed", observed: carrying("a") });
    expect(state.phase).toBe("Complete");
    expect(outcomes()).toEqual({ a: "updated", b: "updated" });
    expect(rolloutResult(state).sites[0]?.from).toBe("ghcr.io/subscribie/subscribie:v0.10");
  });

  test("starts the failure budget anew, and tries another canary", () => {
    const sites = [carrying("a", unavailable), observedSite({ name: "b" }), observedSite({ name: "c" })];
    const started = startedBy(upgradeSites(sites, oneCanary, new Map([["shops/a", "ImagePullBackOff"]])));
    expect(started).toHaveLength(1);
    expect(state.stop).toBeUndefined();
    makeHealthy(started[0] ?? "");
    const [last = ""] = startedBy(soak(10_000));
    makeHealthy(last);
    expect(state.phase).toBe("Failed");
    expect(reasonOf("a")).toBe("ImagePullBackOff");
  });

  test("that is to be taken back by itself still counts the failures of before", () => {
    const sites = ["a", "b"].map((name) => carrying(name, unavailable));
    const strategy = {
      ...ungated,
      inFlight: { count: 3 },
      onFailure: "rollback",
      maxFailures: { count: 1 },
    } as const;
    const failed = new Map([["shops/a", "ImagePullBackOff"]]);
    const started = startedBy(upgradeSites([...sites, observedSite({ name: "c" })], strategy, failed));
    expect(started).toEqual(["shops/c"]);
    const intents = tell({ type: "patchFailed", site: "shops/c", failure: "refused", reason: "no" });
    expect(kinds(intents)).toContain("stopping");
    expect(tell({ type: "observed", observed: carrying("b") }).slice(-2)).toEqual([
      { type: "startRollback", of: id },
      { type: "finished", phase: "Failed", cause: "failures" },
    ]);
  });

  test("that is to be taken back by itself starts nothing after a canary failed", () => {
    const sites = [carrying("a", unavailable), observedSite({ name: "b" })];
    const failed = new Map([["shops/a", "ImagePullBackOff"]]);
    const strategy = { ...oneCanary, onFailure: "rollback", maxFailures: { count: 9 } } as const;
    const intents = upgradeSites(sites, strategy, failed);
    expect(startedBy(intents)).toEqual([]);
    expect(intents.at(-1)).toEqual({ type: "finished", phase: "Failed", cause: "failures" });
  });

  test("counts a site that failed before and is healthy now as updated", () => {
    upgradeSites(
      [carrying("a", unavailable), observedSite({ name: "b" })],
      ungated,
      new Map([["shops/a", "slow"]]),
    );
    tell({ type: "observed", observed: carrying("a") });
    makeHealthy("shops/b");
    expect(state.phase).toBe("Complete");
    expect(rolloutExitCode(state)).toBe(0);
  });

  test("waits for the canaries of every wave that it had begun before it goes on", () => {
    const strategy = { ...oneCanary, soakMs: 0, canary: [{ count: 1 }, { count: 1 }] };
    const patchedBefore = ["a", "b"].map((name) => carrying(name, unavailable));
    const sites = [...patchedBefore, observedSite({ name: "c" })];
    expect(startedBy(upgradeSites(sites, strategy))).toEqual([]);
    const [first, second] = state.order;
    expect(second?.wave).toBe(1);
    expect(startedBy(tell({ type: "observed", observed: carrying(second?.planned.name ?? "") }))).toEqual([]);
    expect(startedBy(tell({ type: "observed", observed: carrying(first?.planned.name ?? "") }))).toEqual([
      "shops/c",
    ]);
  });

  test("does not repeat the canary waves that it had passed", () => {
    const strategy = { ...oneCanary, canary: [{ count: 1 }, { count: 1 }] };
    const sites = ["a", "b", "c"].map((name) => carrying(name));
    upgradeSites([...sites, observedSite({ name: "d" }), observedSite({ name: "e" })], strategy);
    expect(state.wave).toBe(2);
    expect(state.counts.patching).toBe(2);
  });
});

function rollBack(names: readonly string[]): RolloutIntent[] {
  const sites = names.map((name) =>
    observedSite({ name, image: image11, annotations: { rollout: id, previousReplicaSet: `${name}-1` } }),
  );
  const replicaSets = sites.map((site) => observedReplicaSet({ name: `${site.name}-1`, ownerUid: site.uid }));
  const plan = planRollback(sites, replicaSetIndex(replicaSets), {
    id: "r-20261123-210000-abcd",
    container: "subscribie",
    strategy: { ...defaultStrategy.rollback, inFlight: { count: 1 }, inFlightAtLeast: 1 },
    request: { kind: "rollout", id },
  });
  state = createRolloutState(plan, now);
  return tell({ type: "started" });
}

describe("a rollback", () => {
  test("goes on past failures, and is Failed in the end", () => {
    const [first = ""] = startedBy(rollBack(["a", "b", "c"]));
    const [second = ""] = startedBy(
      tell({ type: "patchFailed", site: first, failure: "refused", reason: "no" }),
    );
    const [third = ""] = startedBy(
      tell({ type: "patchFailed", site: second, failure: "forbidden", reason: "no" }),
    );
    expect(third).not.toBe("");
    const intents = tell({ type: "patchFailed", site: third, failure: "refused", reason: "no" });
    expect(kinds(intents)).toEqual(["siteFailed", "finished"]);
    expect(state.phase).toBe("Failed");
    expect(rolloutExitCode(state)).toBe(1);
  });
});

test("a rollout with nothing to change is complete at once", () => {
  expect(upgradeSites([observedSite({ image: image11 })], oneCanary).at(-1)).toMatchObject({
    phase: "Complete",
  });
  expect(rolloutExitCode(state)).toBe(0);
});

test("ten thousand sites take little time for each event", () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `shop-${index}`);
  let waiting = startedBy(upgrade(names, { ...ungated, inFlight: { percent: 25 } }));
  while (waiting.length > 0) waiting = waiting.flatMap((site) => startedBy(makeHealthy(site)));
  expect(rolloutResult(state).counts.updated).toBe(10_000);
});
