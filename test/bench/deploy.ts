import { parseArgs } from "node:util";
import { withDeployBench } from "./deploy/deploy-bench.ts";
import type { DeployBench, Sizes } from "./deploy/deploy-bench.ts";
import { benchIdle } from "./deploy/idle.ts";
import { benchMemory } from "./deploy/memory.ts";
import { benchQueue } from "./deploy/queue.ts";
import { benchTwo } from "./deploy/two-deployers.ts";
import { printFigures } from "./figures.ts";
import type { Figure } from "./figures.ts";

/**
 * The deployer's figures, each held against something in the same run.
 *
 * `npm run bench -- deploy [--part idle|queue|two|memory]... [--sites 1000] [--rounds 2] [--deployed 100000]
 * [--memory-sites 10000] [--minutes 30]`
 *
 * - `idle`: from a submission to its Deployment, with an empty queue and with one that has a long past;
 * - `queue`: a full queue beside a raw server-side-apply client that creates the same objects;
 * - `two`: two deployers on one full queue;
 * - `memory`: one deployer that makes ten thousand sites, without pods.
 */

const parts: Readonly<Record<string, (bench: DeployBench, sizes: Sizes) => Promise<Figure[]>>> = {
  idle: benchIdle,
  queue: benchQueue,
  two: benchTwo,
  memory: benchMemory,
};

/** Runs the parts that the flags name, in order; all of them unless told. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      part: { type: "string", multiple: true, default: Object.keys(parts) },
      sites: { type: "string", default: "1000" },
      rounds: { type: "string", default: "2" },
      deployed: { type: "string", default: "100000" },
      "memory-sites": { type: "string", default: "10000" },
      minutes: { type: "string", default: "30" },
    },
  });
  const sizes = {
    sites: Number(values.sites),
    rounds: Number(values.rounds),
    deployed: Number(values.deployed),
    memorySites: Number(values["memory-sites"]),
  };
  await withDeployBench(Number(values.minutes), async (bench) => {
    for (const [name, benchPart] of Object.entries(parts)) {
      if (values.part.includes(name)) printFigures(await benchPart(bench, sizes));
    }
  });
}
