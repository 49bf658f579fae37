import xterm from "@xterm/headless";
import stringWidth from "string-width";

/** One frame of a terminal: what was written to it by then. */
export interface Frame {
  readonly output: string;
  /** Milliseconds that it stays on the picture. */
  readonly lastsMs: number;
}

const cellWidth = 8.4;
const lineHeight = 18;
const padding = 14;
const background = "#16181d";
const foreground = "#d8dee9";

/** The sixteen colours of a terminal, as far as the plugin uses them. */
const palette: Readonly<Record<number, string>> = {
  1: "#e06c75",
  2: "#98c379",
  3: "#e5c07b",
  4: "#61afef",
  6: "#56b6c2",
  8: "#5c6370",
};

/**
 * Draws a terminal session as an SVG that plays its frames by itself, without script, and shows the last one where
 * animations are unwanted.
 */
export async function renderSession(
  frames: readonly Frame[],
  columns: number,
  rows: number,
): Promise<string> {
  const screens = await Promise.all(
    frames.map(async ({ output }) => await renderScreen(output, columns, rows)),
  );
  const total = frames.reduce((sum, frame) => sum + frame.lastsMs, 0);
  const width = Math.ceil(columns * cellWidth + 2 * padding);
  const height = rows * lineHeight + 2 * padding;
  let at = 0;
  const groups = screens.map((screen, index) => {
    const from = (at / total) * 100;
    at += frames[index]?.lastsMs ?? 0;
    const to = (at / total) * 100;
    return { screen, index, from, to };
  });
  const styles = groups
    .map(
      ({ index, from, to }) =>
        `@keyframes f${index}{0%,${percent(from)}{visibility:hidden}${percent(from)},${percent(to)}{visibility:visible}${to >= 100 ? "" : `${percent(to)},100%{visibility:hidden}`}}` +
        `.f${index}{visibility:hidden;animation:f${index} ${total}ms step-end infinite}`,
    )
    .join("");
  const last = screens.length - 1;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">` +
    `<title>An upgrade in a terminal</title>` +
    `<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:${foreground};white-space:pre}${styles}` +
    `@media(prefers-reduced-motion:reduce){g{animation:none!important}.f${last}{visibility:visible}}</style>` +
    `<rect width="100%" height="100%" rx="8" fill="${background}"/>` +
    groups.map(({ screen, index }) => `<g class="f${index}">${screen}</g>`).join("") +
    `</svg>\n`
  );
}

function percent(value: number): string {
  return `${value.toFixed(2)}%`;
}

async function renderScreen(output: string, columns: number, rows: number): Promise<string> {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(output, resolve));
  const buffer = terminal.buffer.active;
  const lines: string[] = [];
  for (let row = 0; row < rows; row += 1) {
    const line = buffer.getLine(buffer.viewportY + row);
    if (line === undefined) continue;
    lines.push(renderLine(line, columns, padding + (row + 0.75) * lineHeight));
  }
  terminal.dispose();
  return lines.join("");
}

type BufferLine = NonNullable<ReturnType<xterm.Terminal["buffer"]["active"]["getLine"]>>;

/** One `text` element for each run of cells of one look, placed by its column, so that no font can shift them. */
function renderLine(line: BufferLine, columns: number, y: number): string {
  const runs: { column: number; text: string; look: string }[] = [];
  for (let column = 0; column < columns; column += 1) {
    const cell = line.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const text = cell.getChars() || " ";
    const colour = cell.isFgPalette() ? palette[cell.getFgColor()] : undefined;
    const look = `${colour === undefined ? "" : ` style="fill:${colour}"`}${cell.isBold() > 0 ? ' font-weight="bold"' : ""}`;
    const run = runs.at(-1);
    if (run !== undefined && run.look === look) run.text += text;
    else runs.push({ column, text, look });
  }
  return runs.map(renderRun).join("");

  function renderRun({ column, look, ...run }: { column: number; text: string; look: string }): string {
    const text = run.text.trimEnd();
    if (text === "") return "";
    const x = (padding + column * cellWidth).toFixed(1);
    const length = (stringWidth(text) * cellWidth).toFixed(1);
    return `<text x="${x}" y="${y.toFixed(1)}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${look}>${escapeXml(text)}</text>`;
  }
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
