import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseQuantity } from "../../../shared/policy/quantity.ts";

const nano = 1_000_000_000n;

describe("parseQuantity", () => {
  it.each([
    ["1", nano],
    ["0.5", nano / 2n],
    [".5", nano / 2n],
    ["5.", 5n * nano],
    ["250m", nano / 4n],
    ["1k", 1000n * nano],
    ["1Ki", 1024n * nano],
    ["1.5Gi", 3n * 2n ** 29n * nano],
    ["1e3", 1000n * nano],
    ["1E3", 1000n * nano],
    ["1E", 10n ** 18n * nano],
    ["2Ei", 2n ** 61n * nano],
    ["-1", -nano],
    ["+1", nano],
    ["100n", 100n],
    ["0.1n", 1n],
    [1, nano],
    [0.5, nano / 2n],
    [1e21, 10n ** 30n],
  ])("reads %s", (text, expected) => expect(parseQuantity(text)).toBe(expected));

  it.each([
    "",
    ".",
    "m",
    "Gi",
    "1g",
    "1 Gi",
    " 1",
    "1\n",
    "0x10",
    "1e",
    "1e999",
    "NaN",
    "1".repeat(40),
    "１",
    null,
    true,
    [],
    Number.NaN,
  ])("refuses %j", (text) => expect(parseQuantity(text)).toBeUndefined());

  it("orders amounts whatever their suffix", () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(1e9), (left, right) => {
        const [inMega, inKilo] = [parseQuantity(`${left}Mi`), parseQuantity(`${right}Ki`)];
        expect((inMega ?? 0n) < (inKilo ?? 0n)).toBe(BigInt(left) * 1024n < BigInt(right));
      }),
    );
  });

  it("never throws and never hangs", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => parseQuantity(value)).not.toThrow();
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9.eEmKMGi+-]{0,60}$/), (text) => {
        expect(() => parseQuantity(text)).not.toThrow();
      }),
    );
  });
});
