/**
 * Writes what of the chart comes from values.ts: values.yaml, values.schema.json and the tables of README.md.
 *
 *     node charts/generate.ts
 */
import { readFile, writeFile } from "node:fs/promises";
import { chartFiles } from "./chart-files.ts";

const chart = new URL("subscribie/", import.meta.url);
const readme = await readFile(new URL("README.md", chart), "utf8");
for (const [name, content] of Object.entries(chartFiles(readme)))
  await writeFile(new URL(name, chart), content);
