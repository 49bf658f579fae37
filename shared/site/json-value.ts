/** Any value that JSON can hold. Objects may have own keys such as `__proto__`: they are data like any other. */
type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Whether a value that came from JSON is an object (and no array, and not null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object without some of its own keys; `__proto__` stays an own key, which spreading into a literal keeps too. */
export function withoutKeys(object: JsonObject, isLeftOut: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !isLeftOut(key)));
}

/** How much JSON a stranger may send. */
export interface JsonBounds {
  /** Levels of arrays and objects within each other. */
  readonly depth: number;
  /** Values of every kind, keys not counted. */
  readonly values: number;
  /** Bytes of the document as compact JSON in UTF-8. */
  readonly bytes: number;
}

/**
 * Why a value exceeds the bounds, or holds what would not come back unchanged from a round trip; undefined if neither.
 * It uses no recursion until the depth is known to be safe.
 */
export function findJsonExcess(root: unknown, bounds: JsonBounds): string | undefined {
  const pending: { value: unknown; depth: number }[] = [{ value: root, depth: 1 }];
  let values = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next;
    values += 1;
    if (typeof value === "number" && !isExact(value)) {
      return "it holds a number that JSON readers round; write it as a string";
    }
    if (typeof value === "string" && !value.isWellFormed()) return "it holds text that is not valid Unicode";
    if (typeof value === "object" && value !== null) {
      if (depth > bounds.depth) return `it is nested more than ${bounds.depth} levels deep`;
      const keys = Array.isArray(value) ? [] : Object.keys(value);
      if (keys.some((key) => !key.isWellFormed())) return "it holds text that is not valid Unicode";
      const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
      // Before they are put on the list: millions of them would need many times their own memory there.
      if (values + pending.length + members.length > bounds.values)
        return `it holds more than ${bounds.values} values`;
      for (const member of members) pending.push({ value: member, depth: depth + 1 });
    }
  }
  const bytes = new TextEncoder().encode(JSON.stringify(root)).length;
  if (bytes > bounds.bytes)
    return `it is ${bytes} bytes long, more than the ${bounds.bytes} that are allowed`;
  return undefined;
}

/** Beyond 2^53 a number may already have been rounded when it was read. */
function isExact(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}
