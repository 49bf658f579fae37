import { once } from "node:events";
import * as z from "zod";
import type { Figure } from "../figures.ts";
import {
  deploymentsPath,
  discard,
  payload,
  prepare,
  putAll,
  secondsSince,
  startDeployer,
} from "./deploy-bench.ts";
import type { DeployBench, Sizes } from "./deploy-bench.ts";

const listSchema = z.object({
  items: z.array(z.object({ metadata: z.object({ generation: z.number() }) })),
});

/** Two deployers on one full queue: every site once. */
export async function benchTwo(bench: DeployBench, { sites }: Sizes): Promise<Figure[]> {
  const place = await prepare(bench, "two");
  await putAll(bench, place, sites, (index) => ({ _id: `shop-${index}`, ...payload(`shop-${index}`) }));
  const startedAt = performance.now();
  const deployers = [startDeployer(bench, place), startDeployer(bench, place)];
  await Promise.all(deployers.map(async (deployer) => await once(deployer, "exit")));
  const { body } = await bench.client.request("GET", deploymentsPath(place.namespace));
  const { items } = listSchema.parse(body);
  console.log(`  two deployers: ${items.length} sites in ${secondsSince(startedAt).toFixed(1)} s`);
  await discard(bench, place);
  return [
    {
      name: `two deployers on ${sites} documents, sites made once`,
      measured: items.filter(({ metadata }) => metadata.generation === 1).length,
      unit: "",
      atLeast: sites,
    },
  ];
}
