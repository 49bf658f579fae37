import { once } from "node:events";
import type { Figure } from "../figures.ts";
import {
  deploymentCount,
  discard,
  median,
  payload,
  prepare,
  putAll,
  secondsSince,
  startDeployer,
} from "./deploy-bench.ts";
import type { DeployBench, Sizes } from "./deploy-bench.ts";
import { applyRawSites } from "./raw-client.ts";

/** A full queue, and the raw client, in turns; who begins changes with every round. */
export async function benchQueue(bench: DeployBench, { sites, rounds }: Sizes): Promise<Figure[]> {
  const ratios: number[] = [];
  // What is slow only once (the API server's first apply of each kind) is nobody's.
  await timeRaw(bench, Math.min(50, sites), "warm-up");
  for (let round = 0; round < rounds; round += 1) {
    const contestants = [
      async () => ({ raw: await timeRaw(bench, sites, `raw-${round}`) }),
      async () => ({ deployer: await timeDeployer(bench, sites, round) }),
    ];
    const times = { raw: Number.NaN, deployer: Number.NaN };
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed())
      Object.assign(times, await contestant());
    ratios.push(times.deployer / times.raw);
    console.log(`  round ${round + 1}: ${(times.deployer / times.raw).toFixed(2)}x`);
  }
  return [
    {
      name: `${sites} queued sites, all Deployments created, to the raw client, median`,
      measured: median(ratios),
      unit: "x",
      atMost: 1.3,
    },
  ];
}

async function timeRaw(bench: DeployBench, sites: number, name: string): Promise<number> {
  const place = await prepare(bench, name);
  const startedAt = performance.now();
  await applyRawSites(bench.client, place.namespace, sites);
  const elapsed = secondsSince(startedAt);
  console.log(`  raw client, ${sites} sites: ${elapsed.toFixed(1)} s`);
  await discard(bench, place);
  return elapsed;
}

async function timeDeployer(bench: DeployBench, sites: number, round: number): Promise<number> {
  const place = await prepare(bench, `queue-${round}`);
  await putAll(bench, place, sites, (index) => ({ _id: `shop-${index}`, ...payload(`shop-${index}`) }));
  const startedAt = performance.now();
  const deployer = startDeployer(bench, place);
  await deploymentCount(bench, place.namespace, sites);
  const elapsed = secondsSince(startedAt);
  console.log(`  deployer, ${sites} sites: ${elapsed.toFixed(1)} s`);
  const [code] = await once(deployer, "exit");
  console.log(`  all available after ${secondsSince(startedAt).toFixed(1)} s, exit code ${String(code)}`);
  await discard(bench, place);
  return elapsed;
}
