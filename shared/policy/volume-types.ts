import { mapEntries } from "./json.ts";
import type { JsonObject } from "./json.ts";

/** The sources of a volume by type: the API wants exactly one, but nothing here relies on it. */
export function volumeTypes(volume: JsonObject): readonly (readonly [string, unknown])[] {
  return mapEntries(volume).filter(([key, value]) => key !== "name" && value !== null && value !== undefined);
}
