import { parse, YAMLError } from "yaml";
import { LimitsError, parseLimits } from "./limits.ts";
import type { Limits } from "./limits.ts";

/**
 * Limits from the text of a limits file.
 * @throws LimitsError for text that is no YAML, or no limits
 */
export function parseLimitsText(text: string): Limits {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    if (!(error instanceof YAMLError) && !(error instanceof ReferenceError)) throw error;
    const [firstLine] = error.message.split("\n");
    throw new LimitsError(`no valid YAML: ${firstLine?.replace(/:$/, "")}`, { cause: error });
  }
  return parseLimits(content);
}
