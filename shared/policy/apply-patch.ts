import jsonPatch from "fast-json-patch";
import type { PatchOperation } from "./patch-builder.ts";

/** A copy of the object with the operations carried out, as the API server carries them out. */
export function applyPatch(object: unknown, operations: readonly PatchOperation[]): unknown {
  if (operations.length === 0) return object;
  return jsonPatch.applyPatch(object, structuredClone(operations), false, false).newDocument;
}
