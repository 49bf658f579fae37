import type { FieldPath } from "./field-path.ts";
import { isObject, listMember, member, memberAt } from "./json.ts";
import type { JsonObject } from "./json.ts";

/**
 * An object's part and where it is. Where is put together only when somebody asks: most parts are never reported, and
 * a review has hundreds of them.
 */
export class Located {
  readonly value: JsonObject;
  readonly #above: Located | FieldPath;
  readonly #segments: FieldPath;

  /**
   * @param above the part that it is in, or the path to it
   * @param segments the way from there
   */
  constructor(value: JsonObject, above: Located | FieldPath, segments: FieldPath = []) {
    this.value = value;
    this.#above = above;
    this.#segments = segments;
  }

  get path(): FieldPath {
    return this.at();
  }

  /** The path to something in this part. */
  at(...segments: FieldPath): FieldPath {
    const above = this.#above instanceof Located ? this.#above.path : this.#above;
    return [...above, ...this.#segments, ...segments];
  }
}

const nothing: JsonObject = Object.freeze({});

/** The part of an object that a chain of keys leads to; empty when it is missing. */
export function located(object: JsonObject, path: readonly string[]): Located {
  return new Located(objectOrNothing(memberAt(object, ...path)), path);
}

/** The part of `of` under `key`, located; empty when it is missing. */
export function locatedMember(of: Located, key: string): Located {
  return new Located(objectOrNothing(member(of.value, key)), of, [key]);
}

/** The objects of a list under `key`, located. */
export function locatedList(of: Located, key: string): readonly Located[] {
  const list = listMember(of.value, key);
  const parts: Located[] = [];
  for (let index = 0; index < list.length; index += 1) {
    const value = list[index];
    if (isObject(value)) parts.push(new Located(value, of, [key, index]));
  }
  return parts;
}

function objectOrNothing(value: unknown): JsonObject {
  return isObject(value) ? value : nothing;
}
