import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../../shared/text/duration.ts";

describe("parseDuration", () => {
  it.each([
    ["10s", 10_000],
    ["1h30m", 5_400_000],
    ["250ms", 250],
    ["1.5h", 5_400_000],
    ["0", 0],
    ["0s", 0],
    ["2d", 172_800_000],
  ])("reads %s", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(["", "10", "s", "-1s", "1 s", "1w", "10s ", "1e3s", "9".repeat(50) + "s"])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0s"],
    [119_999, "119s"],
    [125_000, "2m5s"],
    [600_000, "10m"],
    [18_600_000, "5h10m"],
    [172_800_000, "2d"],
  ])("shows %d ms as %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it("never shows more than there is", () => {
    fc.assert(
      fc.property(fc.nat(10_000_000_000), (milliseconds) => {
        const shown = parseDuration(formatDuration(milliseconds));
        expect(shown).toBeDefined();
        expect(shown).toBeLessThanOrEqual(milliseconds);
      }),
    );
  });
});
