import { readFile } from "node:fs/promises";
import { parseLimitsText } from "../../shared/policy/limits-text.ts";
import { defaultLimits, LimitsError } from "../../shared/policy/limits.ts";
import type { Limits } from "../../shared/policy/limits.ts";
import { printable } from "../../shared/text/printable.ts";
import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";

/** The limits of `--limits-file`, else of SUBSCRIBIE_LIMITS_FILE, else the default ones. */
export async function readLimits(flag: string | undefined, env: Io["env"]): Promise<Limits> {
  return (await readNamedLimits(flag, env)) ?? defaultLimits;
}

/** The limits of `--limits-file`, else of SUBSCRIBIE_LIMITS_FILE; undefined where neither names a file. */
export async function readNamedLimits(flag: string | undefined, env: Io["env"]): Promise<Limits | undefined> {
  const file = flag ?? env["SUBSCRIBIE_LIMITS_FILE"];
  if (file === undefined) return undefined;
  const shown = printable(file);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new CommandError(
      `cannot read the limits file ${shown}; give --limits-file a file that can be read`,
      {
        cause: error,
      },
    );
  }
  return parseNamedLimits(`the limits file ${shown}`, text);
}

/** Limits from a text; `name` says which, where they cannot be used. */
export function parseNamedLimits(name: string, text: string): Limits {
  try {
    return parseLimitsText(text);
  } catch (error) {
    if (!(error instanceof LimitsError)) throw error;
    throw new CommandError(`${name} cannot be used: ${printable(error.message, 1000)}`, { cause: error });
  }
}
