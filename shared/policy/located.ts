import type { FieldPath } from "./field-path.ts";
import { isObject, listMember, member, memberAt } from "./json.ts";
import type { JsonObject } from "./json.ts";

/** An object's part and where it is. */
export interface Located {
  readonly value: JsonObject;
  readonly path: FieldPath;
}

const nothing: JsonObject = Object.freeze({});

/** The part of an object that a chain of keys leads to; empty when it is missing. */
export function located(object: JsonObject, path: readonly string[]): Located {
  const value = memberAt(object, ...path);
  return { value: isObject(value) ? value : nothing, path };
}

/** The part of `of` under `key`, located; empty when it is missing. */
export function locatedMember(of: Located, key: string): Located {
  const value = member(of.value, key);
  return { value: isObject(value) ? value : nothing, path: [...of.path, key] };
}

/** The objects of a list under `key`, located. */
export function locatedList(of: Located, key: string): readonly Located[] {
  const list = listMember(of.value, key);
  if (list.length === 0) return [];
  return list.flatMap((value, index) => (isObject(value) ? [{ value, path: [...of.path, key, index] }] : []));
}
