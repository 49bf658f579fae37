import stringWidth from "string-width";
import { printable } from "../../shared/text/printable.ts";

const gap = "   ";
const longestCell = 120;

/**
 * Rows under headings, in kubectl's layout: columns as wide as their widest cell, three spaces between, nothing after
 * the last. Widths are those of the terminal (wide characters take two), and strangers' text is made printable.
 */
export function renderTable(
  headings: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
): string {
  const cells = rows.map((row) => row.map((cell) => printable(cell, longestCell)));
  const lines = headings === undefined ? cells : [headings, ...cells];
  const columns = Math.max(0, ...lines.map((line) => line.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    lines.reduce((widest, line) => Math.max(widest, stringWidth(line[column] ?? "")), 0),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === line.length - 1 ? cell : cell + " ".repeat((widths[column] ?? 0) - stringWidth(cell)),
        )
        .join(gap),
    )
    .map((line) => `${line}\n`)
    .join("");
}
