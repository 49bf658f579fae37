import jsonPatch from "fast-json-patch";
import type { Operation } from "fast-json-patch";
import { describe, expect, it } from "vitest";
import { createPatchBuilder } from "../../../shared/policy/patch-builder.ts";
import type { PatchBuilder } from "../../../shared/policy/patch-builder.ts";

function applied(object: object, builder: PatchBuilder): unknown {
  const operations = builder.operations().map((operation) => operation as Operation);
  return jsonPatch.applyPatch(structuredClone(object), operations, true, false).newDocument;
}

describe("createPatchBuilder", () => {
  it("A16: escapes / and ~ in keys", () => {
    const object = { labels: {} };
    const builder = createPatchBuilder(object);
    builder.set(["labels", "a/b~c"], "x");
    expect(builder.operations()).toEqual([{ op: "add", path: "/labels/a~1b~0c", value: "x" }]);
    expect(applied(object, builder)).toEqual({ labels: { "a/b~c": "x" } });
  });

  it("adds missing parents as one, with all that is set below them", () => {
    const object = { containers: [{}] };
    const builder = createPatchBuilder(object);
    builder.set(["containers", 0, "resources", "limits", "cpu"], "1");
    builder.set(["containers", 0, "resources", "requests", "cpu"], "1");
    expect(builder.operations()).toHaveLength(1);
    expect(applied(object, builder)).toEqual({
      containers: [{ resources: { limits: { cpu: "1" }, requests: { cpu: "1" } } }],
    });
  });

  it("replaces a null, and a value that is to be another", () => {
    const object = { a: null, b: "25%" };
    const builder = createPatchBuilder(object);
    builder.set(["a", "c"], 1);
    builder.set(["b"], 0);
    expect(builder.operations().map(({ op }) => op)).toEqual(["replace", "replace"]);
    expect(applied(object, builder)).toEqual({ a: { c: 1 }, b: 0 });
  });

  it("sets nothing below what is no object, or beyond a list's end", () => {
    const builder = createPatchBuilder({ text: "x", list: [] });
    expect(builder.set(["text", "a"], 1)).toBe(false);
    expect(builder.set(["list", "a"], 1)).toBe(false);
    expect(builder.set(["list", 3, "a"], 1)).toBe(false);
    expect(builder.operations()).toEqual([]);
  });
});
