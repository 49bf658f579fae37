import { styleText } from "node:util";
import type { Io } from "../io.ts";

type Format = Parameters<typeof styleText>[0];

/** Colours text for stderr, or leaves it as it is where colours are unwanted or cannot be shown. */
export type Style = (format: Format, text: string) => string;

/**
 * Colours only on a terminal that has them, and never against NO_COLOR, `--no-color` or TERM=dumb.
 *
 * @see https://no-color.org
 */
export function createStyle(io: Pick<Io, "env" | "stderrIsTerminal">, noColor: boolean): Style {
  const wanted =
    io.stderrIsTerminal && !noColor && (io.env["NO_COLOR"] ?? "") === "" && io.env["TERM"] !== "dumb";
  return wanted ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text;
}
