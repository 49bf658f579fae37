import { expect, test } from "vitest";

import { lastLines } from "./log-lines.ts";

test("the last lines that say something, without empty ones", () => {
  expect(lastLines("first\nsecond\n\n  third  \n\n", 2)).toEqual(["second", "third"]);
});

test("control characters reach no terminal, and a page-long line is cut", () => {
  expect(lastLines("\u001B[31mred\u0007", 1)).toEqual(["[31mred"]);
  expect(lastLines("x".repeat(1000), 1)).toEqual([`${"x".repeat(400)}…`]);
});
