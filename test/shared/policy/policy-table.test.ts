import { expect, it } from "vitest";
import { controlIds } from "../../../shared/policy/control-ids.ts";
import { parseLimits } from "../../../shared/policy/limits.ts";
import { policyTable } from "../../../shared/policy/policy-table.ts";

it("has a row for every control, with the limit and the mode in force", () => {
  const lines = policyTable(parseLimits({ replicas: { maximum: 7 }, controls: { replicas: "warn" } })).split(
    "\n",
  );
  expect(lines[0]).toBe("| Control | What | Default limit | Mode |");
  expect(lines.slice(2).map((line) => line.split("`")[1])).toEqual(controlIds);
  expect(lines.find((line) => line.startsWith("| `replicas`"))).toMatch(/\| 0 to 7 \| warn \|$/);
});

it("cuts a limit that nobody would read to the end, and says how much there is more", () => {
  const forbidden = Array.from({ length: 40 }, (_, index) => `example${index}.com/*`);
  const row = policyTable(parseLimits({ annotations: { forbidden } }))
    .split("\n")
    .find((line) => line.startsWith("| `annotations`"));
  expect(row).toMatch(/none of example0\.com\/\\\*, example1\.com\/\\\*.* and \d+ more \| deny \|$/);
  const shown = row?.match(/example\d+/g)?.length ?? 0;
  expect(row).toContain(` and ${forbidden.length - shown} more `);
});
