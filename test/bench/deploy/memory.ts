import { setTimeout as delay } from "node:timers/promises";
import type { Figure } from "../figures.ts";
import {
  countDeployments,
  discard,
  payload,
  prepare,
  putAll,
  residentMegabytes,
  secondsSince,
  startDeployer,
  stopDeployer,
} from "./deploy-bench.ts";
import type { DeployBench, Sizes } from "./deploy-bench.ts";

/** One deployer that makes very many sites: what it has in memory must not grow with them. Without pods, for speed. */
export async function benchMemory(bench: DeployBench, { memorySites: sites }: Sizes): Promise<Figure[]> {
  const place = await prepare(bench, "memory");
  await putAll(bench, place, sites, (index) => ({
    _id: `shop-${index}`,
    ...payload(`shop-${index}`),
    hosting: { replicas: 0 },
  }));
  const startedAt = performance.now();
  const deployer = startDeployer(bench, place, ["--watch"]);
  /** The most that was resident while each tenth of the sites was made. */
  const peaks: number[] = [];
  let made = 0;
  while (made < sites) {
    await delay(500, undefined, { signal: bench.signal });
    made = await countDeployments(bench, place.namespace);
    const tenth = Math.min(9, Math.floor((10 * made) / sites));
    peaks[tenth] = Math.max(peaks[tenth] ?? 0, await residentMegabytes(deployer));
  }
  const shown = Array.from(peaks, (peak) => (peak === undefined ? "-" : peak.toFixed(0)));
  console.log(
    `  ${made} sites in ${secondsSince(startedAt).toFixed(0)} s; MB resident in each tenth: ${shown.join(" ")}`,
  );
  await stopDeployer(deployer);
  await discard(bench, place);
  return [
    {
      name: `${sites} sites: memory in the last tenth, to the second`,
      measured: (peaks[9] ?? Number.NaN) / (peaks[1] ?? Number.NaN),
      unit: "x",
      atMost: 1.2,
    },
  ];
}
