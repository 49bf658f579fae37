import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parseLimitsText } from "../shared/policy/limits-text.ts";
import { defaultLimits, LimitsError } from "../shared/policy/limits.ts";
import type { Limits } from "../shared/policy/limits.ts";
import { printable } from "../shared/text/printable.ts";

/** Limits, and a digest of the file that they are from. */
export interface VersionedLimits {
  readonly limits: Limits;
  readonly version: string;
}

/** The limits without a file. */
export const builtInLimits: VersionedLimits = { limits: defaultLimits, version: "default" };

/**
 * Reads a limits file.
 * @throws LimitsError for one that cannot be read or used, with every mistake in one line
 */
export async function readLimits(file: string): Promise<VersionedLimits> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new LimitsError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  });
  try {
    return {
      limits: parseLimitsText(text),
      version: createHash("sha256").update(text).digest("hex").slice(0, 12),
    };
  } catch (error) {
    if (error instanceof LimitsError) throw new LimitsError(`${file}: ${printable(error.message, 1000)}`);
    throw error;
  }
}
