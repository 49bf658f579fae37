import { printable } from "../text/printable.ts";
import { member } from "./json.ts";

/** Where a field is: member names and list indexes, from the object's root. */
export type FieldPath = readonly (string | number)[];

const plainName = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** How many characters of a map's key (a stranger's text) are shown. */
const maximumKeyLength = 80;

/** A path as the API server writes it: `spec.template.spec.containers[0].image`, `metadata.labels[app.kubernetes.io/name]`. */
export function renderPath(path: FieldPath): string {
  let rendered = "";
  for (const segment of path) {
    if (typeof segment === "number") rendered += `[${segment}]`;
    else if (plainName.test(segment) && segment.length <= maximumKeyLength)
      rendered += rendered === "" ? segment : `.${segment}`;
    else rendered += `[${printable(segment, maximumKeyLength)}]`;
  }
  return rendered;
}

/** What names an element of the API's keyed lists (`listType=map`), by preference. */
const listKeys = ["name", "mountPath", "devicePath", "containerPort", "key"] as const;

/** The elements of a list by their list keys; a key that two elements share names neither. */
type ListIndex = ReadonlyMap<unknown, string | undefined>;

/**
 * Tells a field of an object by a text that is the same for the same field of another version of the object although
 * list elements moved: elements are named by their list key instead of their index. Two fields never share one.
 */
export function fieldIdentifier(object: unknown): (path: FieldPath) => string {
  const indexes = new Map<readonly unknown[], ListIndex>();
  return (path) => {
    const identity: (string | number | readonly [string])[] = [];
    let current = object;
    for (const segment of path) {
      if (typeof segment === "string") {
        identity.push(segment);
        current = member(current, segment);
        continue;
      }
      const list: readonly unknown[] = Array.isArray(current) ? current : [];
      const index = indexes.get(list) ?? indexList(list);
      indexes.set(list, index);
      current = list[segment];
      const key = index.get(current);
      identity.push(key === undefined ? segment : [key]);
    }
    return JSON.stringify(identity);
  };
}

function indexList(list: readonly unknown[]): ListIndex {
  const holders = new Map<string, unknown>();
  const index = new Map<unknown, string | undefined>();
  for (const element of list) {
    const key = listKey(element);
    if (key === undefined) continue;
    const holder = holders.get(key);
    if (holder !== undefined) index.set(holder, undefined);
    else index.set(element, key);
    holders.set(key, holder ?? element);
  }
  return index;
}

function listKey(element: unknown): string | undefined {
  for (const key of listKeys) {
    const value = member(element, key);
    if (typeof value === "string" || typeof value === "number") return `${key}=${value}`;
  }
  return undefined;
}
