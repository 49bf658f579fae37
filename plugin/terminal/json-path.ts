import { JSONPath } from "jsonpath-plus";
import { printable } from "../../shared/text/printable.ts";
import { UsageError } from "../errors.ts";

/** Far beyond any value of ours; what is longer than this is cut. */
const longestValue = 10_000;

/**
 * The values at a path as kubectl writes them: `.status.phase`, `{.items[0].name}`, `items[*].name`. What is not there
 * is left out. Filters and scripts are never run.
 *
 * @param json what to look in: strings, numbers, booleans, null, arrays and plain objects only
 */
export function valuesAt(path: string, json: null | boolean | number | string | object): readonly unknown[] {
  const bare = path.trim().replace(/^\{(.*)\}$/s, "$1");
  const rooted = /^[$@]/.test(bare)
    ? `$${bare.slice(1)}`
    : `$${bare.startsWith(".") || bare.startsWith("[") ? "" : "."}${bare}`;
  if (bare === "" || /[?()`^~]/.test(bare)) throw unusable(path);
  try {
    const found: unknown = JSONPath({ path: rooted === "$." ? "$" : rooted, json, eval: false, wrap: true });
    return Array.isArray(found) ? found : [];
  } catch {
    throw unusable(path);
  }
}

/** A value as kubectl shows it: text as it is, everything else as JSON. Safe to show on a terminal. */
export function showValue(value: unknown): string {
  return printable(typeof value === "string" ? value : JSON.stringify(value), longestValue);
}

function unusable(path: string): UsageError {
  return new UsageError(
    `'${printable(path, 100)}' is no path that can be used; write fields and indices such as .sites[0].name or .sites[*].name; filters are jq's, on -o json`,
  );
}
