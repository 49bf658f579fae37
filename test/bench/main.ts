/**
 * Measures the product beside its contestants in the same run, and prints each figure beside its bar:
 *
 *     npm run bench                              every bench
 *     npm run bench -- upgrade [--sites 200]     one of them, with flags of its own (see the head of its file)
 *
 * A missed bar is said, and makes the exit code 1 only with --strict: on a busy machine figures are noise.
 */
import { availableParallelism, loadavg } from "node:os";
import { ControlPlaneError } from "../control-plane/control-plane-error.ts";
import { missedFigures } from "./figures.ts";

interface Bench {
  /** Runs it with its own flags, and prints its figures. */
  run(args: string[]): Promise<void>;
}

const benches: ReadonlyMap<string, () => Promise<Bench>> = new Map([
  ["startup", async () => await import("./startup.ts")],
  ["deploy", async () => await import("./deploy.ts")],
  ["upgrade", async () => await import("./upgrade.ts")],
  ["webhook", async () => await import("./webhook.ts")],
]);

class UsageError extends Error {}

async function main(argumentList: readonly string[]): Promise<void> {
  const strict = argumentList.includes("--strict");
  const [name, ...flags] = argumentList.filter((argument) => argument !== "--strict");
  const [lastMinute = 0] = loadavg();
  console.log(`Load average before: ${lastMinute.toFixed(1)} on ${availableParallelism()} cores.`);
  for (const [benchName, bench] of await load(name)) {
    console.log(`== ${benchName}`);
    await bench.run(flags);
  }
  const missed = missedFigures();
  if (strict && missed.length > 0) {
    console.error(`Missed: ${missed.join("; ")}.`);
    process.exitCode = 1;
  }
}

/** The named bench, or all of them. */
async function load(name: string | undefined): Promise<[string, Bench][]> {
  if (name === undefined) {
    return await Promise.all(
      benches.entries().map(async ([name, load]): Promise<[string, Bench]> => [name, await load()]),
    );
  }
  const bench = benches.get(name);
  if (bench === undefined) {
    throw new UsageError(`There is no bench '${name}'; there are ${[...benches.keys()].join(", ")}.`);
  }
  return [[name, await bench()]];
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  // parseArgs' own complaints are TypeErrors with a code, and sentences like ours.
  const forPerson =
    error instanceof UsageError ||
    error instanceof ControlPlaneError ||
    (error instanceof TypeError && "code" in error);
  console.error(forPerson ? error.message : error);
  process.exitCode = 1;
}
