import { modeOf } from "./evaluate.ts";
import type { Limits } from "./limits.ts";
import { checks } from "./registry.ts";

/** A limit of more characters than that is cut to its first ones: some lists are longer than anybody reads in a table. */
const longestLimit = 160;
const shortenedLimit = 100;

/** The policy under these limits as a Markdown table: control, what it checks, the limit, what happens. */
export function policyTable(limits: Limits): string {
  const rows = checks.map((check) => {
    const level = check.level === undefined ? "" : " (with `podSecurity: restricted`)";
    return [
      `\`${check.id}\``,
      check.what,
      shortened(check.limit(limits)),
      `${modeOf(check, limits)}${level}`,
    ];
  });
  const header = ["Control", "What", "Default limit", "Mode"];
  return [header, header.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`)
    .join("\n");
}

/** The first members of a list, and how many there are more. */
function shortened(limit: string): string {
  if (limit.length <= longestLimit) return limit;
  const members = limit.split(", ");
  const shown = members.filter((_, index) => members.slice(0, index + 1).join(", ").length <= shortenedLimit);
  return `${shown.join(", ")} and ${members.length - shown.length} more`;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("*", "\\*");
}
