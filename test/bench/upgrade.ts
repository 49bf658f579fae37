import { parseArgs } from "node:util";
import { kubectlEnvironment } from "../control-plane/kubectl.ts";
import { type Figure, printFigures } from "./figures.ts";
import { flood, type Performance, plugin, rollback, setImage, undo, upgrade } from "./upgrade/contestants.ts";
import { createFleetSites, type Fleet, sitesAvailable, withFleet } from "./upgrade/fleet.ts";
import { createDeployedSites, sayAvailable } from "./upgrade/large-fleet.ts";
import { peakMemory } from "./upgrade/peak-memory.ts";

/**
 * Upgrades and rollbacks beside a raw client and kubectl, each on a control plane that this bench starts.
 *
 * `npm run bench -- upgrade [--part fast|memory|default]... [--sites 1000] [--rounds 2] [--memory-sites 10000]
 * [--default-sites 150]`
 *
 * - `fast`: controllers without a rate limit, so that the machine is the limit: all ratios, and the count of requests;
 * - `memory`: ten thousand Deployments, the controllers off;
 * - `default`: controllers as slow as on a default cluster, where the gate must cost no time either.
 */

const parts = { fast: benchFast, memory: benchMemory, default: benchDefault } as const;

interface Sizes {
  readonly sites: number;
  readonly rounds: number;
  readonly memorySites: number;
  readonly defaultSites: number;
}

const gated = ["--canary", "1,5%", "--soak", "0s", "--in-flight", "25%"];
const ungated = ["--canary", "none", "--in-flight", "100%"];

/** Runs the parts that the flags name, in order; all of them unless told. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      part: { type: "string", multiple: true, default: Object.keys(parts) },
      sites: { type: "string", default: "1000" },
      rounds: { type: "string", default: "2" },
      "memory-sites": { type: "string", default: "10000" },
      "default-sites": { type: "string", default: "150" },
    },
  });
  const sizes = {
    sites: Number(values.sites),
    rounds: Number(values.rounds),
    memorySites: Number(values["memory-sites"]),
    defaultSites: Number(values["default-sites"]),
  };
  const figures: Figure[] = [];
  for (const [name, benchPart] of Object.entries(parts)) {
    if (values.part.includes(name)) figures.push(...(await benchPart(sizes)));
  }
  printFigures(figures);
}

async function benchFast({ sites, rounds }: Sizes): Promise<Figure[]> {
  const figures: Figure[] = [];
  console.log(`${sites} sites, fast controllers`);
  await withFleet(
    { controllers: "fast" },
    async (client, namespace) => await createFleetSites(client, namespace, sites),
    async (fleet) => {
      const raw: Performance[] = [];
      const gatedUpgrades: Performance[] = [];
      const ungatedUpgrades: Performance[] = [];
      await warmUp(fleet);
      await alternate(rounds, [
        async () => void raw.push(await flood(fleet)),
        async () => void gatedUpgrades.push(await upgrade(fleet, gated)),
        async () => void ungatedUpgrades.push(await upgrade(fleet, ungated)),
      ]);
      const image = await setImage(fleet);
      await upgrade(fleet, ungated);
      const back = await rollback(fleet);
      const undone = await undo(fleet);
      figures.push(
        gatedCompletion(`${sites} sites: gated upgrade / raw flood, completion`, gatedUpgrades, raw),
        {
          name: `${sites} sites: ungated upgrade / raw flood, patch phase`,
          measured: bestPatchTime(ungatedUpgrades) / bestPatchTime(raw),
          unit: "x",
          atMost: 1.2,
        },
        {
          name: `${sites} sites: kubectl set image / ungated upgrade, patch phase`,
          measured: image.patchSeconds / bestPatchTime(ungatedUpgrades),
          unit: "x",
          atLeast: 8,
        },
        {
          name: `${sites} sites: rollback / raw flood, patch phase`,
          measured: back.patchSeconds / bestPatchTime(raw),
          unit: "x",
          atMost: 1.2,
        },
        {
          name: `${sites} sites: kubectl rollout undo / rollback, patch phase`,
          measured: undone.patchSeconds / back.patchSeconds,
          unit: "x",
          atLeast: 15,
        },
        {
          name: `${sites} sites: API requests of a gated upgrade`,
          measured: Math.max(...gatedUpgrades.map(({ requests }) => requests)),
          unit: "",
          atMost: sites + 40,
        },
      );
    },
  );
  return figures;
}

async function benchDefault({ defaultSites, rounds }: Sizes): Promise<Figure[]> {
  const figures: Figure[] = [];
  console.log(`${defaultSites} sites, default controllers`);
  await withFleet(
    { controllers: "default" },
    async (client, namespace) => await createFleetSites(client, namespace, defaultSites),
    async (fleet) => {
      const raw: Performance[] = [];
      const gatedUpgrades: Performance[] = [];
      await warmUp(fleet);
      await alternate(rounds, [
        async () => void raw.push(await flood(fleet)),
        async () => void gatedUpgrades.push(await upgrade(fleet, gated)),
      ]);
      const name = `${defaultSites} sites, default controllers: gated upgrade / raw flood, completion`;
      figures.push(gatedCompletion(name, gatedUpgrades, raw));
    },
  );
  return figures;
}

async function benchMemory({ memorySites }: Sizes): Promise<Figure[]> {
  const figures: Figure[] = [];
  console.log(`${memorySites} sites, Deployments only`);
  await withFleet(
    { controllers: "fast", controllersOff: ["deployment-controller", "replicaset-controller"] },
    async (client, namespace) => await createDeployedSites(client, namespace, memorySites),
    async (fleet) => {
      const ended = new AbortController();
      const standIn = sayAvailable(fleet.client, fleet.namespace, ended.signal);
      await Promise.race([sitesAvailable(fleet), standIn]);
      const argumentList = [plugin, "upgrade", fleet.nextVersion(), ...ungated, "-n", fleet.namespace];
      const upgraded = peakMemory([...argumentList, "--quiet"], kubectlEnvironment(fleet.access));
      await Promise.race([upgraded, standIn]);
      ended.abort();
      const { megabytes, code } = await upgraded;
      if (code !== 0) throw new Error(`the upgrade ended with exit code ${String(code)}`);
      const name = `${memorySites} sites: resident memory of an ungated upgrade`;
      figures.push({ name, measured: megabytes, unit: " MB", atMost: 250 });
    },
  );
  return figures;
}

/** Fills each site's history of ReplicaSets, and the caches of the API server and of this process. */
async function warmUp(fleet: Fleet): Promise<void> {
  console.log("  warming up");
  await flood(fleet);
  await flood(fleet);
}

/** Runs the contestants once a round, in turn forwards and backwards, so that none is always after the same one. */
async function alternate(rounds: number, contestants: readonly (() => Promise<void>)[]): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (const contest of round % 2 === 0 ? contestants : contestants.toReversed()) await contest();
  }
}

function gatedCompletion(
  name: string,
  gatedUpgrades: readonly Performance[],
  raw: readonly Performance[],
): Figure {
  return { name, measured: bestTime(gatedUpgrades) / bestTime(raw), unit: "x", atMost: 1.2 };
}

function bestTime(performances: readonly Performance[]): number {
  return Math.min(...performances.map(({ seconds }) => seconds));
}

/** The best, since whatever else the machine does can only make a contestant slower. */
function bestPatchTime(performances: readonly Performance[]): number {
  return Math.min(...performances.map(({ patchSeconds }) => patchSeconds));
}
