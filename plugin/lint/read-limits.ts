import { readFile } from "node:fs/promises";
import { parseLimitsText } from "../../shared/policy/limits-text.ts";
import { defaultLimits, LimitsError } from "../../shared/policy/limits.ts";
import type { Limits } from "../../shared/policy/limits.ts";
import { printable } from "../../shared/text/printable.ts";
import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";

/** The limits of `--limits-file`, else of SUBSCRIBIE_LIMITS_FILE, else the default ones. */
export async function readLimits(flag: string | undefined, env: Io["env"]): Promise<Limits> {
  const file = flag ?? env["SUBSCRIBIE_LIMITS_FILE"];
  if (file === undefined) return defaultLimits;
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
  try {
    return parseLimitsText(text);
  } catch (error) {
    if (!(error instanceof LimitsError)) throw error;
    throw new CommandError(`the limits file ${shown} cannot be used: ${printable(error.message, 1000)}`, {
      cause: error,
    });
  }
}
