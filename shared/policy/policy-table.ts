import { modeOf } from "./evaluate.ts";
import type { Limits } from "./limits.ts";
import { checks } from "./registry.ts";

/** The policy under these limits as a Markdown table: control, what it checks, the limit, what happens. */
export function policyTable(limits: Limits): string {
  const rows = checks.map((check) => {
    const level = check.level === undefined ? "" : " (with `podSecurity: restricted`)";
    return [`\`${check.id}\``, check.what, check.limit(limits), `${modeOf(check, limits)}${level}`];
  });
  const header = ["Control", "What", "Default limit", "Mode"];
  return [header, header.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`)
    .join("\n");
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("*", "\\*");
}
