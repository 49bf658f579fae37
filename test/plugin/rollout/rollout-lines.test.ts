import { stripVTControlCharacters, styleText } from "node:util";
import { expect, it } from "vitest";
import { progressLine, rolloutLines } from "../../../plugin/rollout/rollout-lines.ts";
import { createStyle } from "../../../plugin/terminal/style.ts";
import type { RolloutView } from "../../../shared/rollout/rollout-view.ts";
import { memoryIo } from "../memory-io.ts";

const view: RolloutView = {
  id: "a1b2",
  kind: "upgrade",
  target: "v0.11",
  phase: "Progressing",
  stopping: undefined,
  counts: { total: 20, updated: 4, unchanged: 0, failed: 1, skipped: 0, pending: 15 },
  toChange: 20,
  settled: 5,
  unfinished: 2,
  inFlight: 8,
  stage: { kind: "window" },
  elapsedMs: 12_000,
  rate: 2.5,
  remainingMs: 6_000,
  lastFailures: [],
};

it("gives the bar the same width with colours as without", () => {
  const { io } = memoryIo({ stderrIsTerminal: true });
  for (const columns of [60, 80, 100, 200]) {
    const coloured = progressLine(view, createStyle(io, false), columns);
    expect(coloured).toContain(styleText("red", "1 failed", { validateStream: false }));
    const plain = progressLine(view, createStyle(io, true), columns);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
    expect(plain.length).toBeLessThanOrEqual(columns);
  }
});

it("shows no escape sequence of a site's reason or a record's target", () => {
  const { io } = memoryIo();
  const escape = "\u001b]0;owned\u0007";
  const hostile = { ...view, target: escape, lastFailures: [{ site: "shops/a", reason: escape }] };
  const shown = rolloutLines(hostile, createStyle(io, true), 80).join("\n");
  expect(shown).toContain("shops/a: \\u{1b}]0;owned\\u{7}");
  expect(shown).not.toContain("\u001b");
});

it.each([
  [40, "upgrade v0.11  at most 8 at a time"],
  [80, "upgrade v0.11  a1b2-c3d4-e5f6  at most 8 at a time"],
])("leaves the id rather than the stage out, in %d columns", (columns, line) => {
  const { io } = memoryIo();
  const [first] = rolloutLines({ ...view, id: "a1b2-c3d4-e5f6" }, createStyle(io, true), columns);
  expect(first).toBe(line);
});
