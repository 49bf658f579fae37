import { printable } from "../../shared/text/printable.ts";
import type { Io } from "../io.ts";

const longestWarning = 2_000;

/** Tells on stderr, in one line, what deserves a look and stops nothing. */
export function warn(io: Pick<Io, "stderr">, text: string): void {
  io.stderr.write(`warning: ${printable(text, longestWarning)}\n`);
}
