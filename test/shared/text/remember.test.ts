import * as fc from "fast-check";
import { expect, test } from "vitest";
import { remember } from "../../../shared/text/remember.ts";

test("a text is computed once", () => {
  const asked: string[] = [];
  const lengthOf = remember((text) => asked.push(text), 10);
  expect([lengthOf("a"), lengthOf("b"), lengthOf("a")]).toEqual([1, 2, 1]);
  expect(asked).toEqual(["a", "b"]);
});

test("an answer that is undefined is remembered too", () => {
  let computed = 0;
  const nothing = remember(() => {
    computed += 1;
    return undefined;
  }, 10);
  expect([nothing("a"), nothing("a"), computed]).toEqual([undefined, undefined, 1]);
});

test("what comes after many other texts is still remembered, and all answers are right", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.integer({ min: 1, max: 5 }), (texts, maximum) => {
      let computed = 0;
      const upper = remember((text) => {
        computed += 1;
        return text.toUpperCase();
      }, maximum);
      for (const text of texts) expect(upper(text)).toBe(text.toUpperCase());
      upper("latest");
      const before = computed;
      upper("latest");
      expect(computed).toBe(before);
    }),
  );
});
