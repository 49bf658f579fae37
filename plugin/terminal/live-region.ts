import stringWidth from "string-width";
import type { Io } from "../io.ts";

/** The last lines of a terminal, redrawn in place; lines that stay are written above them. */
export interface LiveRegion {
  /** Replaces the lines of the region, which may be more or fewer than before. */
  readonly draw: (lines: readonly string[]) => void;
  /** Writes a line that stays, above the region. */
  readonly log: (line: string) => void;
  /** Leaves the last drawing, or nothing, on the screen, and shows the cursor again. */
  readonly end: (lines?: readonly string[]) => void;
}

const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";
const clearBelow = "\u001b[J";
const narrowest = 20;
const usualWidth = 80;

/**
 * A region on stderr. Lines are cut to the terminal's width at each drawing: one that wrapped would take two rows and
 * break the arithmetic of going back up.
 */
export function createLiveRegion(io: Pick<Io, "stderr" | "columns">): LiveRegion {
  let drawn: readonly string[] = [];
  const restoreCursor = () => io.stderr.write(showCursor);
  io.stderr.write(hideCursor);
  // A second Ctrl-C ends the process at once; the cursor is the terminal's and would stay hidden.
  process.once("exit", restoreCursor);

  function erase(): string {
    return drawn.length === 0 ? "" : `\r\u001b[${drawn.length}A${clearBelow}`;
  }

  function paint(lines: readonly string[]): string {
    const width = Math.max(narrowest, io.columns() ?? usualWidth) - 1;
    drawn = lines.map((line) => cutToWidth(line, width));
    return drawn.map((line) => `${line}\n`).join("");
  }

  return {
    draw(lines) {
      io.stderr.write(erase() + paint(lines));
    },
    log(line) {
      const lines = drawn;
      io.stderr.write(`${erase()}${line}\n${paint(lines)}`);
    },
    end(lines = []) {
      io.stderr.write(`${erase()}${paint(lines)}${showCursor}`);
      process.off("exit", restoreCursor);
      drawn = [];
    },
  };
}

/** Cuts a line that may have colours to so many columns; colours are ended where they were cut. */
export function cutToWidth(line: string, width: number): string {
  if (stringWidth(line) <= width) return line;
  let shown = "";
  let used = 0;
  // oxlint-disable-next-line no-control-regex -- our own colours begin with one
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    if (part.startsWith("\u001b[")) {
      shown += part;
      continue;
    }
    for (const { segment } of new Intl.Segmenter().segment(part)) {
      const columns = stringWidth(segment);
      if (used + columns > width - 1) return `${shown}…${line.includes("\u001b[") ? "\u001b[0m" : ""}`;
      shown += segment;
      used += columns;
    }
  }
  return shown;
}
