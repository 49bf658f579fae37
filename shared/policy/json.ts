/** A JSON object as it came: nothing is known of its members. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What every object has without its author's doing; by name, as a member would be asked for. */
const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/**
 * An own member of an object, or undefined: for what is not an object, for what only the prototype has
 * (`constructor` is a legal label key), and for null, which the API treats as absent.
 */
export function member(value: unknown, key: string): unknown {
  if (!isObject(value)) return undefined;
  const found = value[key];
  if (found === undefined || found === null) return undefined;
  // Looking for the member first is quicker: of all that the policy asks for, most is not there.
  return inherited.has(key) && !Object.hasOwn(value, key) ? undefined : found;
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
  const found = member(value, key);
  return Array.isArray(found) ? found : [];
}

/** The members of a map as pairs; anything but an object has none. */
export function mapEntries(value: unknown): readonly (readonly [string, unknown])[] {
  return isObject(value) ? Object.entries(value) : [];
}

/** How deep two values are compared: deeper ones count as different, so that no input can exhaust the stack. */
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
