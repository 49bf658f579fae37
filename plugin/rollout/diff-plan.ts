import { siteKey } from "../../shared/rollout/observed-site.ts";
import type { PlannedSite, RolloutPlan } from "../../shared/rollout/rollout-plan.ts";
import { printable } from "../../shared/text/printable.ts";
import type { Io } from "../io.ts";
import type { SitePatch } from "./patch-site.ts";

/** Writes what each site's PATCH would do to stderr, one operation a line; its tests are not shown. */
export function writeDiff(
  prepared: { readonly plan: RolloutPlan; readonly patchOf: (site: PlannedSite) => SitePatch },
  io: Io,
): void {
  for (const site of prepared.plan.sites) {
    if (site.action !== "update" || site.change === undefined) continue;
    io.stderr.write(`${siteKey(site)}\n`);
    if (site.from !== site.to)
      io.stderr.write(`- image: ${printable(site.from)}\n+ image: ${printable(site.to)}\n`);
    for (const operation of prepared.patchOf(site).operations) {
      if (operation.op !== "replace" && operation.op !== "add" && operation.op !== "remove") continue;
      const value = operation.op === "remove" ? "" : ` ${printable(JSON.stringify(operation.value), 300)}`;
      io.stderr.write(`  ${operation.op} ${operation.path}${value}\n`);
    }
  }
}
