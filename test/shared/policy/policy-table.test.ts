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
