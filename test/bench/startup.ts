import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { ensureBinaries } from "../control-plane/build.ts";
import { kubectlEnvironment } from "../control-plane/kubectl.ts";
import { printFigures } from "./figures.ts";
import { createFleetSites, sitesAvailable, withFleet } from "./upgrade/fleet.ts";

/**
 * Start-up: the commands that a person waits for beside bare Node.js; the status of one site beside `kubectl get`; and
 * the single executable, where `npm run build:executable` made one, beside `kubectl version --client`.
 *
 * `npm run bench -- startup [--runs 31]`
 *
 * The contestants take turns, so that what else the machine does strikes all of them alike; medians are compared.
 */

const checkout = path.resolve(import.meta.dirname, "../..");
const plugin = path.join(checkout, "dist/kubectl-subscribie");
const completion = path.join(checkout, "dist/kubectl_complete-subscribie");
const executable = path.join(checkout, "dist-executable/kubectl-subscribie");

const longestRatio = 1.5;

type CommandLine = readonly [program: string, ...argumentList: string[]];

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: "string", default: "31" } } });
  const runs = Number(values.runs);
  const node = process.execPath;
  compare(runs, ["node -e 0", [node, "-e", "0"]], {
    version: [node, plugin, "version"],
    "--help": [node, plugin, "--help"],
    "completion of a command": [node, completion, "upg"],
    "completion of a flag": [node, completion, "upgrade", "--in"],
  });
  const { kubectl } = await ensureBinaries({ components: ["kubectl"] });
  await compareStatus(runs, kubectl);
  if (!existsSync(executable)) {
    console.log("no single executable: npm run build:executable makes one");
    return;
  }
  compare(runs, ["kubectl version --client", [kubectl, "version", "--client"]], {
    "executable: version": [executable, "version"],
    "executable: --help": [executable, "--help"],
  });
}

/** A namespace of ten sites, one of which is asked after. */
async function compareStatus(runs: number, kubectl: string): Promise<void> {
  await withFleet(
    { controllers: "fast" },
    async (client, namespace) => await createFleetSites(client, namespace, 10),
    async (fleet) => {
      await sitesAvailable(fleet);
      const [site = ""] = fleet.sites;
      const scope = ["-n", fleet.namespace];
      compare(
        runs,
        ["kubectl get deploy NAME", [kubectl, "get", "deploy", site, ...scope]],
        { "status site/NAME": [process.execPath, plugin, "status", `site/${site}`, ...scope] },
        kubectlEnvironment(fleet.access),
      );
    },
  );
}

function compare(
  runs: number,
  [baseName, base]: readonly [string, CommandLine],
  contestants: Readonly<Record<string, CommandLine>>,
  environment: NodeJS.ProcessEnv = process.env,
): void {
  const all = Object.entries({ ...contestants, [baseName]: base });
  const times = new Map<string, number[]>(all.map(([name]) => [name, []]));
  // The first round fills the file system's cache and the compile cache.
  for (let round = 0; round <= runs; round += 1) {
    for (const [name, command] of all) {
      const milliseconds = timeOf(command, environment);
      if (round > 0) times.get(name)?.push(milliseconds);
    }
  }
  const medianOf = (name: string) => median(times.get(name) ?? []);
  const baseMedian = medianOf(baseName);
  console.log(`${baseName}: ${baseMedian.toFixed(0)} ms, the median of ${runs} runs`);
  printFigures(
    Object.keys(contestants).map((name) => ({
      name: `${name} / ${baseName}`,
      measured: medianOf(name) / baseMedian,
      unit: "x",
      atMost: longestRatio,
    })),
  );
}

function timeOf([program, ...argumentList]: CommandLine, environment: NodeJS.ProcessEnv): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(program, argumentList, { encoding: "utf8", env: environment });
  const milliseconds = performance.now() - started;
  if (status !== 0) throw new Error(`${program} ${argumentList.join(" ")} ended with ${status}: ${stderr}`);
  return milliseconds;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
