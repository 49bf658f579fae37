import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { writeDocument } from "../../../plugin/terminal/document.ts";

async function written(format: "json" | "yaml", value: unknown): Promise<string> {
  const output = new PassThrough();
  writeDocument(output, format, value);
  output.end();
  return await text(output);
}

const hostile = {
  "key\u009b2J": "CSI \u009b2J, OSC \u001b]0;x\u0007, DEL \u007f, bidi \u202e and \u2066, tag \u{e0041}",
  lines: "one\ntwo\r\nthree\u0085four\u2028five\ttab",
  plain: "東京 \u{1f6d2}",
};
const raw =
  // oxlint-disable-next-line no-control-regex -- what must not be there
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\u{e0000}-\u{e007f}]/u;

describe.each([
  ["json", (document: string): unknown => JSON.parse(document)],
  ["yaml", (document: string): unknown => parse(document)],
] as const)("a document of %s", (format, read) => {
  it("has nothing in it that a terminal would act upon, and what anybody can read as it is", async () => {
    const document = await written(format, hostile);
    expect(document).not.toMatch(raw);
    expect(document).toContain(hostile.plain);
    expect(document).toContain("\\u009b2J");
  });

  it("is read back as what was written", async () => {
    expect(read(await written(format, hostile))).toEqual(hostile);
    const characters = [
      "\u009b",
      "\u001b",
      "\u007f",
      "\u0085",
      "\u2028",
      "\u202e",
      "\u{e0041}",
      "\n",
      "\t",
      "\r",
    ];
    const strings = fc.string({ unit: fc.oneof(fc.constantFrom(...characters), fc.string()) });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), strings), async (value) => {
        expect(read(await written(format, value))).toEqual({ ...value });
      }),
      { numRuns: 200 },
    );
  });
});
