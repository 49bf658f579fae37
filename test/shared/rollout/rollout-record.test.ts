import fc from "fast-check";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { planUpgrade } from "../../../shared/rollout/plan-upgrade.ts";
import { advance } from "../../../shared/rollout/rollout-machine.ts";
import {
  decodeRecord,
  decodeResults,
  encodeRecord,
  encodeResults,
  fromImages,
  isRollbackDue,
  recordedResult,
  updateRecord,
  wasRolledBackByItself,
  type RolloutRecord,
} from "../../../shared/rollout/rollout-record.ts";
import { rolloutResult, type SiteResult } from "../../../shared/rollout/rollout-result.ts";
import type { RecordedSite } from "../../../shared/rollout/site-times.ts";
import { createRolloutState } from "../../../shared/rollout/rollout-state.ts";
import { defaultStrategy } from "../../../shared/rollout/strategy.ts";
import { image10, observedSite, replicaSetIndex } from "./site-fixture.ts";

const record: RolloutRecord = {
  version: 1,
  id: "u-20261123-203015-x7k2",
  kind: "upgrade",
  target: "v0.11",
  container: "subscribie",
  selection: { namespace: "shops", names: [], exclude: [] },
  strategy: {
    canary: [{ count: 1 }, { percent: 5 }],
    soakMs: 10_000,
    inFlight: { percent: 10 },
    inFlightAtLeast: 20,
    maxFailures: { count: 0 },
    onFailure: "pause",
  },
  phase: "Progressing",
  startedAt: "2026-11-23T20:30:15Z",
  updatedAt: "2026-11-23T20:30:15Z",
  startedBy: "sam",
  supersedes: [],
  counts: { total: 2, updated: 0, unchanged: 0, failed: 0, skipped: 0, pending: 2 },
  from: [{ image: image10, sites: 2 }],
};

describe("a record", () => {
  test("is read back as it was written", () => {
    expect(decodeRecord(encodeRecord(record))).toEqual({ record });
  });

  test.each([
    ["not JSON", "{", "is not JSON"],
    [
      "of a newer program",
      JSON.stringify({ ...record, version: 2 }),
      "has version 2, and this program knows 1; use the newer kubectl subscribie",
    ],
    ["damaged", JSON.stringify({ ...record, phase: "Dancing" }), "is damaged at phase"],
    ["something else", "[]", "is damaged at its top"],
    [
      "under a terminal's escape",
      JSON.stringify({ ...record, id: "\u001b]0;owned\u0007" }),
      "is damaged at id",
    ],
    [
      "over a site that is no name",
      JSON.stringify({ ...record, selection: { ...record.selection, names: ["a,metadata.namespace=b"] } }),
      "is damaged at selection.names.0",
    ],
    [
      "the work of nobody's id",
      JSON.stringify({ ...record, supersededBy: "x\u009b2J" }),
      "is damaged at supersededBy",
    ],
  ])("that is %s is refused in so many words", (_what, text, problem) => {
    expect(decodeRecord(text)).toEqual({ problem });
  });

  test("follows the rollout to its end, and to its beginning again when it is resumed", () => {
    const plan = planUpgrade([observedSite(), observedSite({ name: "b" })], replicaSetIndex(), {
      id: record.id,
      container: "subscribie",
      strategy: defaultStrategy.upgrade,
      target: { kind: "tag", tag: "v0.11" },
    });
    const state = createRolloutState(plan, 0);
    advance(state, { type: "stopRequested", cause: "interrupt" }, 1);
    const paused = updateRecord(record, state, "2026-11-23T20:31:00Z");
    expect(paused).toMatchObject({ phase: "Paused", cause: "interrupt", finishedAt: "2026-11-23T20:31:00Z" });
    expect(decodeRecord(encodeRecord(paused))).toEqual({ record: paused });
    const resumed = updateRecord(paused, createRolloutState(plan, 2), "2026-11-23T20:32:00Z");
    expect(resumed).toMatchObject({ phase: "Progressing", updatedAt: "2026-11-23T20:32:00Z" });
    expect(resumed).not.toHaveProperty("cause");
    expect(resumed).not.toHaveProperty("finishedAt");
  });

  test("of a rollout that failed stays unfinished until its rollback has a record", () => {
    const strategy = { ...defaultStrategy.upgrade, onFailure: "rollback" } as const;
    const plan = planUpgrade([observedSite({ name: "a" })], replicaSetIndex(), {
      id: record.id,
      container: "subscribie",
      strategy,
      target: { kind: "tag", tag: "v0.11" },
    });
    const state = createRolloutState(plan, 0);
    advance(state, { type: "started" }, 1);
    const refused = { type: "patchFailed", site: "shops/a", failure: "refused", reason: "no" } as const;
    expect(advance(state, refused, 2).map(({ type }) => type)).toContain("startRollback");
    expect(state.phase).toBe("Failed");
    const kept = { ...record, strategy: { ...record.strategy, onFailure: "rollback" as const } };
    const due = updateRecord(kept, state, record.updatedAt);
    expect(due).toMatchObject({ phase: "Paused", cause: "failures" });
    expect([isRollbackDue(due), wasRolledBackByItself(due)]).toEqual([true, false]);
    const begun: RolloutRecord = { ...due, phase: "Failed" };
    expect([isRollbackDue(begun), wasRolledBackByItself(begun)]).toEqual([false, true]);
    expect(isRollbackDue({ ...due, strategy: record.strategy })).toBe(false);
  });

  test("names the images that the sites come from, commonest first", () => {
    const sites = ["a", "b", "b", "c"].map((from) => ({ action: "update", from }));
    expect(fromImages([...sites, { action: "unchanged", from: "d" }])).toEqual([
      { image: "b", sites: 2 },
      { image: "a", sites: 1 },
      { image: "c", sites: 1 },
    ]);
  });
});

describe("per-site results", () => {
  const times = fc.oneof(
    fc.constant({}),
    fc.record({ startedMs: fc.nat() }),
    fc.record({ startedMs: fc.nat(), finishedMs: fc.nat() }),
  );
  const outcomes: fc.Arbitrary<SiteResult> = fc.record({
    namespace: fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/),
    name: fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?(\.[a-z0-9]{1,9})?$/),
    outcome: fc.constantFrom("updated", "unchanged", "failed", "skipped", "conflict", "pending"),
    from: fc.string(),
    to: fc.string(),
    reason: fc.string({ unit: "binary", maxLength: 100 }),
  });
  const results: fc.Arbitrary<RecordedSite> = fc
    .tuple(outcomes, times)
    .map(([outcome, time]) => Object.assign({}, outcome, time));

  test("are read back as they were written, in order", () => {
    fc.assert(
      fc.property(fc.array(results), (sites) => {
        expect(decodeResults(encodeResults(sites))).toEqual(sites);
      }),
    );
  });

  test("of a large fleet come in chunks that stay below 512 KiB, even where they cannot be compressed", () => {
    const sites = Array.from({ length: 10_000 }, (_, index): SiteResult => ({
      namespace: "shops",
      name: `shop-${index}`,
      outcome: "failed",
      from: image10,
      to: image10,
      reason: Array.from({ length: 20 }, () => Math.random().toString(36).slice(2)).join(""),
    }));
    const chunks = encodeResults(sites);
    expect(chunks.length).toBeGreaterThan(1);
    for (const chunk of chunks) {
      expect(Buffer.byteLength(chunk)).toBeLessThanOrEqual(512 * 1024);
      expect(gzipSync(chunk, { level: 0 }).length).toBeLessThanOrEqual(512 * 1024);
    }
    expect(decodeResults(chunks)).toEqual(sites);
  });

  test("that are damaged are not half read", () => {
    expect(decodeResults(['["shops","a","updated","x","y",""]\n["shops","b"'])).toBeUndefined();
    expect(decodeResults(['["shops","a","dancing","x","y",""]'])).toBeUndefined();
  });

  test.each(["shops\u001b[2J", "../kube-system", ""])(
    "of a namespace or a site named %j are damaged",
    (name) => {
      expect(decodeResults([JSON.stringify([name, "a", "failed", "x", "y", ""])])).toBeUndefined();
      expect(decodeResults([JSON.stringify(["shops", name, "failed", "x", "y", ""])])).toBeUndefined();
    },
  );

  test("make the same result as the running rollout", () => {
    const plan = planUpgrade([observedSite(), observedSite({ name: "b", held: true })], replicaSetIndex(), {
      id: record.id,
      container: "subscribie",
      strategy: defaultStrategy.upgrade,
      target: { kind: "tag", tag: "v0.11" },
    });
    const state = createRolloutState(plan, 0);
    const running = rolloutResult(state);
    const stored = updateRecord(record, state, record.updatedAt);
    expect(recordedResult(stored, decodeResults(encodeResults(running.sites)) ?? [])).toEqual(running);
    expect(running).toMatchObject({
      id: record.id,
      kind: "upgrade",
      phase: "Progressing",
      target: "v0.11",
      counts: { total: 2, updated: 0, unchanged: 0, failed: 0, skipped: 1, pending: 1 },
      sites: [
        { namespace: "shops", name: "soap-and-sons", outcome: "pending", from: image10 },
        { namespace: "shops", name: "b", outcome: "skipped", from: image10, to: image10 },
      ],
    });
  });
});
