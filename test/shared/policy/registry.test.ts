import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { controlIds } from "../../../shared/policy/control-ids.ts";
import { defaultLimits } from "../../../shared/policy/limits.ts";
import { checks } from "../../../shared/policy/registry.ts";

it("has a check for every control, in the order of the controls", () => {
  expect(checks.map(({ id }) => id)).toEqual(controlIds);
});

it("says of every check what, why, the source and the limit", () => {
  for (const { title, what, why, source, limit } of checks) {
    for (const text of [title, what, why, source, limit(defaultLimits)]) expect(text).toMatch(/^[^\n|]+$/);
  }
});

it("has a table of passing and failing objects for every control", () => {
  const folder = new URL("checks/", import.meta.url);
  const tables = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8"));
  const described = tables.flatMap((text) =>
    [...text.matchAll(/describeControl\("([a-z-]+)"/g)].map(([, id]) => id),
  );
  expect(new Set(described)).toEqual(new Set(controlIds));
});
