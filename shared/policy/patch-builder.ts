import { isObject, member } from "./json.ts";

/** An operation of a JSON Patch (RFC 6902) as we make them: nothing is ever removed or moved. */
export interface PatchOperation {
  readonly op: "add" | "replace";
  readonly path: string;
  readonly value: unknown;
}

/**
 * Collects the operations that set single members deep in an object, with whatever parents they lack. Each operation
 * applies to the object as it is, in the order given, and none touches a list's other elements.
 */
export interface PatchBuilder {
  /**
   * Sets a member. Ancestors that are missing or null are added; the operation does nothing else.
   * Returns false, and sets nothing, where an ancestor is no object or list that could hold the next one.
   */
  set(path: readonly (string | number)[], value: unknown): boolean;
  operations(): readonly PatchOperation[];
}

export function createPatchBuilder(object: unknown): PatchBuilder {
  const operations: { op: "add" | "replace"; path: string; value: unknown }[] = [];
  /** What was added so far, by pointer: later members go into it. */
  const added = new Map<string, Record<string, unknown>>();

  function set(path: readonly (string | number)[], value: unknown): boolean {
    let current = object;
    for (const [index, segment] of path.entries()) {
      const pointer = toPointer(path.slice(0, index + 1));
      const inAddition = added.get(pointer);
      if (inAddition !== undefined) {
        place(inAddition, path.slice(index + 1), value);
        return true;
      }
      // A list's elements are the author's: none is added or replaced.
      if (typeof segment === "number" ? element(current, segment) === undefined : !isObject(current))
        return false;
      const isLast = index === path.length - 1;
      const next = typeof segment === "number" ? element(current, segment) : member(current, segment);
      if (!isLast && next !== undefined) {
        current = next;
        continue;
      }
      const op =
        isObject(current) && typeof segment === "string" && Object.hasOwn(current, segment)
          ? "replace"
          : "add";
      const whole = isLast ? value : nest(path.slice(index + 1), value);
      operations.push({ op, path: pointer, value: whole });
      if (!isLast && isAddition(whole)) added.set(pointer, whole);
      return true;
    }
    return false;
  }

  return { set, operations: () => operations };
}

function isAddition(value: unknown): value is Record<string, unknown> {
  return isObject(value);
}

function element(list: unknown, index: number): unknown {
  return Array.isArray(list) ? list[index] : undefined;
}

function nest(path: readonly (string | number)[], value: unknown): Record<string, unknown> {
  const [first, ...rest] = path;
  return { [String(first)]: rest.length === 0 ? value : nest(rest, value) };
}

function place(target: Record<string, unknown>, path: readonly (string | number)[], value: unknown): void {
  const [first, ...rest] = path;
  const key = String(first);
  const existing = Object.hasOwn(target, key) ? target[key] : undefined;
  if (rest.length > 0 && isAddition(existing)) place(existing, rest, value);
  else target[key] = rest.length === 0 ? value : nest(rest, value);
}

/** A JSON Pointer (RFC 6901). */
function toPointer(path: readonly (string | number)[]): string {
  return path.map((segment) => `/${String(segment).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
