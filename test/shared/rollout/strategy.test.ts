import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatQuantity,
  parseQuantity,
  resolveAtLeastOne,
  resolveRoundedDown,
} from "../../../shared/rollout/quantity.ts";
import {
  defaultStrategy,
  parseStrategy,
  resolveStrategy,
  type StrategyFlags,
} from "../../../shared/rollout/strategy.ts";

describe("a quantity", () => {
  test.each([
    ["20", { count: 20 }],
    ["0", { count: 0 }],
    ["5%", { percent: 5 }],
    ["0.5%", { percent: 0.5 }],
    ["100%", { percent: 100 }],
  ])("can be %s", (text, quantity) => {
    expect(parseQuantity(text)).toEqual({ quantity });
  });

  test.each(["", "-1", "+5", "1e3", "1.5", "101%", "%", "5 %", "٥", "0x10", "1000000000", "NaN%", "1,5%"])(
    "cannot be %j",
    (text) => {
      expect(parseQuantity(text)).toHaveProperty("problem");
    },
  );

  test("written and read again is the same", () => {
    const quantities = fc.oneof(
      fc.record({ count: fc.nat(999_999) }),
      fc.record({ percent: fc.nat(100_000).map((thousandths) => thousandths / 1_000) }),
    );
    fc.assert(
      fc.property(quantities, (quantity) => {
        expect(parseQuantity(formatQuantity(quantity))).toEqual({ quantity });
      }),
    );
  });

  test.each([
    [{ percent: 5 }, 1_000, 50, 50],
    [{ percent: 5 }, 30, 2, 1],
    [{ percent: 1 }, 10, 1, 0],
    [{ percent: 7 }, 100, 7, 7],
    [{ percent: 10 }, 0, 1, 0],
    [{ count: 0 }, 10, 1, 0],
  ])("%j of %i sites is at least %i, or rounded down %i", (quantity, total, atLeastOne, roundedDown) => {
    expect(resolveAtLeastOne(quantity, total)).toBe(atLeastOne);
    expect(resolveRoundedDown(quantity, total)).toBe(roundedDown);
  });
});

describe("a strategy", () => {
  test("without flags is the default of the rollout's kind", () => {
    expect(parseStrategy("upgrade", {})).toEqual({ strategy: defaultStrategy.upgrade });
    expect(parseStrategy("rollback", {})).toEqual({ strategy: defaultStrategy.rollback });
  });

  test.each([
    [1_000, { waves: [1, 50], inFlight: 100 }, { waves: [], inFlight: 250 }],
    [50, { waves: [1, 3], inFlight: 20 }, { waves: [], inFlight: 50 }],
    [2, { waves: [1, 1], inFlight: 20 }, { waves: [], inFlight: 50 }],
    [1, { waves: [1], inFlight: 20 }, { waves: [], inFlight: 50 }],
    [0, { waves: [], inFlight: 20 }, { waves: [], inFlight: 50 }],
  ])("by default and for %i sites has these waves and this window", (total, upgrade, rollback) => {
    expect(resolveStrategy(defaultStrategy.upgrade, total)).toMatchObject(upgrade);
    expect(resolveStrategy(defaultStrategy.rollback, total)).toMatchObject(rollback);
  });

  test("takes what the flags say, and an in-flight percentage without the default's floor", () => {
    const parsed = parseStrategy("upgrade", {
      canary: "1, 5%,20",
      soak: "1m30s",
      inFlight: "10%",
      maxFailures: "3",
      siteTimeout: "5m",
      timeout: "1h",
      onFailure: "rollback",
    });
    expect(parsed).toEqual({
      strategy: {
        canary: [{ count: 1 }, { percent: 5 }, { count: 20 }],
        soakMs: 90_000,
        inFlight: { percent: 10 },
        inFlightAtLeast: 1,
        maxFailures: { count: 3 },
        siteTimeoutMs: 300_000,
        timeoutMs: 3_600_000,
        onFailure: "rollback",
      },
    });
  });

  test("has no canaries when none are asked for, no timeout when it is 0, and no soak when it is 0s", () => {
    expect(parseStrategy("upgrade", { canary: "none", timeout: "0", soak: "0s" })).toMatchObject({
      strategy: { canary: [], timeoutMs: undefined, soakMs: 0 },
    });
  });

  test.each<[StrategyFlags, string]>([
    [
      { canary: "0" },
      '--canary: found "0"; allowed is at least 1 site, or more than 0%, or several such as 1,5%, or none',
    ],
    [
      { canary: "1,,2" },
      '--canary: found ""; allowed are a number of sites such as 20, or a percentage up to 100%, or several such as 1,5%, or none',
    ],
    [{ canary: Array(30).fill("1").join(",") }, "--canary: found 30 waves; allowed are at most 20"],
    [{ soak: "10" }, '--soak: found "10"; allowed are durations such as 10s, 5m or 1h30m'],
    [{ soak: "-5s" }, '--soak: found "-5s"; allowed are durations such as 10s, 5m or 1h30m'],
    [{ inFlight: "0%" }, '--in-flight: found "0%"; allowed is at least 1 site, or more than 0%'],
    [
      { maxFailures: "lots" },
      '--max-failures: found "lots"; allowed are a number of sites such as 20, or a percentage up to 100%',
    ],
    [{ siteTimeout: "0s" }, '--site-timeout: found "0s"; allowed is a duration longer than 0, such as 5m'],
    [{ onFailure: "panic" }, '--on-failure: found "panic"; allowed are pause and rollback'],
  ])("says what is wrong with %j", (flags, problem) => {
    expect(parseStrategy("upgrade", flags)).toEqual({ problems: [problem] });
  });

  test("says all that is wrong at once", () => {
    expect(parseStrategy("upgrade", { canary: "x", soak: "x", inFlight: "x" })).toMatchObject({
      problems: { length: 3 },
    });
  });

  test("of a rollback is never to roll back", () => {
    expect(parseStrategy("rollback", { onFailure: "rollback" })).toHaveProperty("problems");
  });

  test("never has waves that add up to more sites than there are", () => {
    const waves = fc.array(
      fc.oneof(
        fc.record({ count: fc.integer({ min: 1, max: 500 }) }),
        fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
      ),
    );
    fc.assert(
      fc.property(waves, fc.nat(1_000), (canary, total) => {
        const resolved = resolveStrategy({ ...defaultStrategy.upgrade, canary }, total);
        expect(resolved.waves.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(total);
        expect(resolved.waves.every((size) => size > 0)).toBe(true);
      }),
    );
  });
});
