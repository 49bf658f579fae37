/** A JSON object as it came: nothing is known of its members. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * An own member of an object, or undefined: for what is not an object, for what only the prototype has
 * (`constructor` is a legal label key), and for null, which the API treats as absent.
 */
export function member(value: unknown, key: string): unknown {
  if (!isObject(value)) return undefined;
  const found = value[key];
  if (found === undefined || found === null) return undefined;
  return isInherited(value, key, found) ? undefined : found;
}

/** Quicker than Object.hasOwn, and this is asked hundreds of times a review: no value in JSON is a function. */
function isInherited(object: JsonObject, key: string, found: unknown): boolean {
  return typeof found === "function" || (key === "__proto__" && !Object.hasOwn(object, key));
}

/** The member that a chain of keys leads to. */
export function memberAt(value: unknown, ...keys: readonly string[]): unknown {
  let current = value;
  for (const key of keys) current = member(current, key);
  return current;
}

export function stringMember(value: unknown, key: string): string | undefined {
  const found = member(value, key);
  return typeof found === "string" ? found : undefined;
}

/** The member as a list; anything else is the empty list (the well-formed check reports it). */
export function listMember(value: unknown, key: string): readonly unknown[] {
  return listOf(member(value, key));
}

/** A value as a list; anything else is the empty list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : nothing;
}

const nothing: readonly unknown[] = [];

/** The members of a map as pairs; anything but an object has none. */
export function mapEntries(value: unknown): readonly (readonly [string, unknown])[] {
  return isObject(value) ? Object.entries(value) : [];
}

/** How deep values are looked into: deeper ones are equal to nothing, so that no input can exhaust the stack. */
const maximumDepth = 64;

/** Whether two JSON values are equal; the order of members does not matter. Values nested deeper than 64 are not. */
export function jsonEqual(left: unknown, right: unknown, depth = 0): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (depth >= maximumDepth) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => jsonEqual(item, right[index], depth + 1));
  }
  const leftEntries = mapEntries(left);
  if (leftEntries.length !== Object.keys(right).length) return false;
  return leftEntries.every(
    ([key, value]) => Object.hasOwn(right, key) && jsonEqual(value, member(right, key) ?? null, depth + 1),
  );
}

/** A text that equal values share, whatever the order of their members, and no others; undefined for values nested deeper than 64. */
export function canonicalText(value: unknown, depth = 0): string | undefined {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (depth >= maximumDepth) return undefined;
  const isList = Array.isArray(value);
  const entries: readonly (readonly [string, unknown])[] = isList
    ? value.map((item: unknown) => ["", item] as const)
    : Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const parts: string[] = [];
  for (const [key, item] of entries) {
    const text = canonicalText(item, depth + 1);
    if (text === undefined) return undefined;
    parts.push(isList ? text : `${JSON.stringify(key)}:${text}`);
  }
  return isList ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
}
