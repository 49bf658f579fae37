import { printable } from "../text/printable.ts";

/** One thing about an object that is not within the limits. All texts are bounded and safe to show in one line. */
export interface Violation {
  /** The check's stable id. */
  readonly control: string;
  /** The field, as the API server writes paths. */
  readonly path: string;
  /** What is there now. */
  readonly found: string;
  /** What may be there. */
  readonly allowed: string;
  /** All of it in one line, for people. */
  readonly message: string;
}

/** How many characters of a found value are shown. */
const maximumFoundLength = 100;

/** How many members or elements of a found value are shown. */
const maximumShownMembers = 8;

/** How deep a found value is shown. */
const maximumShownDepth = 3;

export function createViolation(control: string, path: string, found: string, allowed: string): Violation {
  return {
    control,
    path,
    found,
    allowed,
    message: `${control}: ${path}: found ${found}, allowed ${allowed}`,
  };
}

/** A value as short JSON text: bounded in depth, width and length before it is built, and without control characters. */
export function describeValue(value: unknown): string {
  return printable(describe(value, 0), maximumFoundLength);
}

function describe(value: unknown, depth: number): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "string") return JSON.stringify(value.slice(0, maximumFoundLength + 1));
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "object") return typeof value;
  if (depth >= maximumShownDepth) return "…";
  if (Array.isArray(value)) {
    const shown = value.slice(0, maximumShownMembers).map((item) => describe(item, depth + 1));
    if (value.length > maximumShownMembers) shown.push("…");
    return `[${shown.join(", ")}]`;
  }
  const shown: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    if (shown.length === maximumShownMembers) {
      shown.push("…");
      break;
    }
    shown.push(`${JSON.stringify(key.slice(0, maximumFoundLength))}: ${describe(item, depth + 1)}`);
  }
  return `{${shown.join(", ")}}`;
}
