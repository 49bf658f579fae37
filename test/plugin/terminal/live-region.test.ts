import { execFile } from "node:child_process";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { promisify, stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { createLiveRegion, cutToWidth } from "../../../plugin/terminal/live-region.ts";

describe("the live region", () => {
  it("goes up exactly as many rows as it drew before it draws again", async () => {
    const stderr = new PassThrough();
    const region = createLiveRegion({ stderr, columns: () => 40 });
    region.draw(["one", "two"]);
    region.log("kept");
    region.end(["last"]);
    stderr.end();
    expect(await text(stderr)).toBe(
      "\u001b[?25lone\ntwo\n\r\u001b[2A\u001b[Jkept\none\ntwo\n\r\u001b[2A\u001b[Jlast\n\u001b[?25h",
    );
  });

  it("gives the cursor back when the process ends in the middle, and only then", async () => {
    const source = join(import.meta.dirname, "../../../plugin/terminal/live-region.ts");
    const program = (last: string) => `
      const { createLiveRegion } = await import(${JSON.stringify(source)});
      const region = createLiveRegion({ stderr: process.stderr, columns: () => 40 });
      ${last}
      process.exit();
    `;
    const stderrOf = async (last: string) =>
      (await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program(last)])).stderr;
    expect(await stderrOf("")).toBe("\u001b[?25l\u001b[?25h");
    expect(await stderrOf("region.end();")).toBe("\u001b[?25l\u001b[?25h");
  });
});

describe("cutToWidth", () => {
  it.each([
    ["short", 10, "short"],
    ["much too long", 8, "much to…"],
    ["東京の店", 5, "東京…"],
    ["\u001b[31mred and long\u001b[39m", 6, "\u001b[31mred a…\u001b[0m"],
  ])("cuts %j to %i columns", (line, width, expected) => {
    expect(cutToWidth(line, width)).toBe(expected);
    expect(stripVTControlCharacters(cutToWidth(line, width)).length).toBeLessThanOrEqual(width);
  });
});
