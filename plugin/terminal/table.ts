import { isolated, printable } from "../../shared/text/printable.ts";
import { textWidthFor, type TextWidth } from "./text-width.ts";

const gap = "   ";
const longestCell = 120;

/**
 * Rows under headings, in kubectl's layout: columns as wide as their widest cell, three spaces between, nothing after
 * the last. Widths are those of the terminal (wide characters take two), strangers' text is made printable, and a cell
 * that is read from right to left keeps to itself.
 *
 * @param atLeast widths of the columns of a table that goes on: see columnWidths
 */
export async function renderTable(
  headings: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
  atLeast: readonly number[] = [],
): Promise<string> {
  const lines = printableLines(headings, rows);
  const widthOf = await textWidthFor(lines.flat());
  const widths = widest(lines, widthOf, atLeast);
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === line.length - 1 ? cell : cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)),
        )
        .join(gap),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** The widths that a table's columns take, for rows that are to stand below it later. */
export async function columnWidths(
  headings: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
): Promise<readonly number[]> {
  const lines = printableLines(headings, rows);
  return widest(lines, await textWidthFor(lines.flat()), []);
}

function printableLines(
  headings: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const cells = rows.map((row) => row.map((cell) => isolated(printable(cell, longestCell))));
  return headings === undefined ? cells : [headings, ...cells];
}

function widest(
  lines: readonly (readonly string[])[],
  widthOf: TextWidth,
  atLeast: readonly number[],
): number[] {
  const columns = lines.reduce((most, line) => Math.max(most, line.length), 0);
  return Array.from({ length: columns }, (_, column) =>
    lines.reduce((width, line) => Math.max(width, widthOf(line[column] ?? "")), atLeast[column] ?? 0),
  );
}
