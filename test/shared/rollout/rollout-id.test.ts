import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareRolloutIds, createRolloutId, parseRolloutId } from "../../../shared/rollout/rollout-id.ts";

const kinds = fc.constantFrom("upgrade", "rollback", "restart");
const dates = fc.date({ min: new Date("2020-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });
const suffixes = fc.stringMatching(/^[a-z0-9]{1,8}$/);

describe("a rollout's id", () => {
  test("says kind and time, and is a label value and an object's name", () => {
    const id = createRolloutId("upgrade", new Date("2026-11-23T20:30:15.999Z"), "x7k2");
    expect(id).toBe("u-20261123-203015-x7k2");
    expect(parseRolloutId(id)).toEqual({
      kind: "upgrade",
      startedAt: Date.UTC(2026, 10, 23, 20, 30, 15),
      suffix: "x7k2",
    });
  });

  test("is read back as it was made", () => {
    fc.assert(
      fc.property(kinds, dates, suffixes, (kind, date, suffix) => {
        const startedAt = Math.floor(date.getTime() / 1000) * 1000;
        expect(parseRolloutId(createRolloutId(kind, date, suffix))).toEqual({ kind, startedAt, suffix });
      }),
    );
  });

  test("sorts by time, whatever its kind", () => {
    fc.assert(
      fc.property(kinds, kinds, dates, dates, (one, other, earlier, later) => {
        fc.pre(Math.floor(earlier.getTime() / 1000) < Math.floor(later.getTime() / 1000));
        expect(
          compareRolloutIds(createRolloutId(one, earlier, "z"), createRolloutId(other, later, "a")),
        ).toBeLessThan(0);
        expect(
          compareRolloutIds(createRolloutId(other, later, "a"), createRolloutId(one, earlier, "z")),
        ).toBeGreaterThan(0);
      }),
    );
  });

  test.each([
    "",
    "u-20261123-203015-",
    "x-20261123-203015-a",
    "u-20261323-203015-a",
    "u-20260230-203015-a",
    "u-20261123-243015-a",
    "u-20261123-203015-A",
    " u-20261123-203015-a",
    "u-20261123-203015-a\n",
  ])("is not %j", (text) => {
    expect(parseRolloutId(text)).toBeUndefined();
  });

  test("has no suffix of other characters", () => {
    expect(() => createRolloutId("upgrade", new Date(0), "../x")).toThrow(RangeError);
  });
});
