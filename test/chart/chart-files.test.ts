import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { chartFiles } from "../../charts/chart-files.ts";
import packageJson from "../../package.json" with { type: "json" };

const chart = new URL("../../charts/subscribie/", import.meta.url);

async function read(name: string): Promise<string> {
  return await readFile(new URL(name, chart), "utf8");
}

test.each(["values.yaml", "values.schema.json", "README.md"])(
  "%s is what node charts/generate.ts writes",
  async (name) => {
    const files = chartFiles(await read("README.md"));
    expect(files[name]).toBe(await read(name));
  },
);

test("the chart, the program and the image have one version", async () => {
  const text = await read("Chart.yaml");
  expect(text).toMatch(new RegExp(`^version: ${packageJson.version}$`, "m"));
  expect(text).toMatch(new RegExp(`^appVersion: ${packageJson.version}$`, "m"));
});
