import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { chartDirectory, helm } from "./helm.ts";

export interface ChartChanges {
  readonly version: string;
  /** Templates that this version does not have, by path in the chart. */
  readonly without?: readonly string[];
  /** What a file of the chart is in this version, by path in the chart. */
  readonly files?: Readonly<Record<string, (text: string) => string>>;
}

export interface PackagedChart {
  readonly archive: string;
  readonly remove: () => Promise<void>;
}

/** `helm package` of the chart as it is, but for what another version of it has otherwise. */
export async function packageChart({
  version,
  without = [],
  files = {},
}: ChartChanges): Promise<PackagedChart> {
  const directory = await mkdtemp(path.join(tmpdir(), "subscribie-chart-"));
  const copy = path.join(directory, "subscribie");
  await cp(chartDirectory, copy, { recursive: true });
  for (const file of without) await rm(path.join(copy, file));
  for (const [file, change] of Object.entries(files)) {
    const text = await readFile(path.join(copy, file), "utf8");
    const changed = change(text);
    if (changed === text) throw new Error(`${file} is the same in version ${version}`);
    await writeFile(path.join(copy, file), changed);
  }
  await helm(["package", copy, "--version", version, "--app-version", version, "--destination", directory]);
  return {
    archive: path.join(directory, `subscribie-${version}.tgz`),
    remove: async () => await rm(directory, { recursive: true, force: true }),
  };
}
