import type { FieldPath } from "./field-path.ts";
import { canonicalText, listOf, member } from "./json.ts";

/** What names an element of the API's keyed lists (`listType=map`), by preference. */
const listKeys = ["name", "mountPath", "devicePath", "containerPort", "key"] as const;

/** Tells the fields of an object and of the one that it replaces by texts that are the same for the same field. */
export interface FieldIdentities {
  readonly ofOld: (path: FieldPath) => string;
  readonly ofNew: (path: FieldPath) => string;
}

/** A name as a list key; an index of the old list; an element that the old list does not have. */
type Segment = string | number | readonly [key: string] | readonly [added: null, index: number];

/**
 * Fields are the same although list elements moved: an element is named by its list key or, where it is a plain value,
 * by itself. One that has no name is the old list's equal element, else the one at its index if that is nobody
 * else's, else a new one. Two fields of one object never share a text.
 */
export function fieldIdentities(object: unknown, oldObject: unknown): FieldIdentities {
  const keysOf = remember(findKeys);
  const twinsOf = remember((list: readonly unknown[]) =>
    remember((old: readonly unknown[]) => findTwins(list, keysOf(list), old, keysOf(old))),
  );

  function ofOld(path: FieldPath): string {
    const identity: Segment[] = [];
    let current = oldObject;
    for (const segment of path) {
      if (typeof segment === "string") {
        identity.push(segment);
        current = member(current, segment);
        continue;
      }
      const list = listOf(current);
      const key = keysOf(list).keys[segment];
      identity.push(key === undefined ? segment : [key]);
      current = list[segment];
    }
    return JSON.stringify(identity);
  }

  function ofNew(path: FieldPath): string {
    const identity: Segment[] = [];
    let current = object;
    let counterpart = oldObject;
    for (const segment of path) {
      if (typeof segment === "string") {
        identity.push(segment);
        current = member(current, segment);
        counterpart = member(counterpart, segment);
        continue;
      }
      const [list, old] = [listOf(current), listOf(counterpart)];
      const key = keysOf(list).keys[segment];
      const twin = key === undefined ? twinsOf(list)(old)[segment] : keysOf(old).indexes.get(key);
      if (key === undefined) identity.push(twin ?? [null, segment]);
      else identity.push([key]);
      current = list[segment];
      counterpart = twin === undefined ? undefined : old[twin];
    }
    return JSON.stringify(identity);
  }

  return { ofOld, ofNew };
}

interface ListKeys {
  /** By index; undefined for an element that has none, or shares it with another. */
  readonly keys: readonly (string | undefined)[];
  readonly indexes: ReadonlyMap<string, number>;
}

function findKeys(list: readonly unknown[]): ListKeys {
  const given = list.map(listKey);
  const indexes = new Map<string, number>();
  const shared = new Set<string>();
  for (const [index, key] of given.entries()) {
    if (key === undefined) continue;
    if (indexes.has(key)) shared.add(key);
    indexes.set(key, index);
  }
  for (const key of shared) indexes.delete(key);
  return { keys: given.map((key) => (key === undefined || shared.has(key) ? undefined : key)), indexes };
}

function listKey(element: unknown): string | undefined {
  if (typeof element === "string" || typeof element === "number") return `=${JSON.stringify(element)}`;
  for (const key of listKeys) {
    const value = member(element, key);
    if (typeof value === "string" || typeof value === "number") return `${key}=${value}`;
  }
  return undefined;
}

/** For each element without a key, the index of the old element that it is; undefined for a new one. */
function findTwins(
  list: readonly unknown[],
  { keys }: ListKeys,
  old: readonly unknown[],
  { keys: oldKeys }: ListKeys,
): readonly (number | undefined)[] {
  const free = new Set<number>();
  const freeByText = new Map<string, number[]>();
  // Backwards, so that of equal elements the first one is taken first.
  for (let index = old.length - 1; index >= 0; index -= 1) {
    if (oldKeys[index] !== undefined) continue;
    free.add(index);
    const text = canonicalText(old[index]);
    if (text === undefined) continue;
    const indexes = freeByText.get(text);
    if (indexes === undefined) freeByText.set(text, [index]);
    else indexes.push(index);
  }
  const twins: (number | undefined)[] = list.map((element, index) => {
    if (keys[index] !== undefined) return undefined;
    const text = canonicalText(element);
    const twin = text === undefined ? undefined : freeByText.get(text)?.pop();
    if (twin !== undefined) free.delete(twin);
    return twin;
  });
  return twins.map((twin, index) => {
    if (twin !== undefined || keys[index] !== undefined) return twin;
    return free.has(index) ? index : undefined;
  });
}

/** The function with its results remembered by argument. */
function remember<Argument extends object, Result>(
  compute: (argument: Argument) => Result,
): (argument: Argument) => Result {
  const results = new WeakMap<Argument, Result>();
  return (argument) => {
    const known = results.get(argument);
    if (known !== undefined) return known;
    const result = compute(argument);
    results.set(argument, result);
    return result;
  };
}
