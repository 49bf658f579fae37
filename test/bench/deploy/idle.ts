import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Figure } from "../figures.ts";
import {
  deploymentsPath,
  discard,
  median,
  payload,
  prepare,
  put,
  putAll,
  runPlugin,
  secondsSince,
  startDeployer,
  stopDeployer,
} from "./deploy-bench.ts";
import type { DeployBench, Sizes } from "./deploy-bench.ts";

const submissions = 30;

interface Idle {
  /** Seconds from the start of the program to the first Deployment. */
  readonly start: number;
  /** Milliseconds from a submission to its Deployment, the median. */
  readonly latency: number;
}

/** A deployer that watches a queue in which nothing else happens: an empty one, and one with a long past. */
export async function benchIdle(bench: DeployBench, { deployed }: Sizes): Promise<Figure[]> {
  const empty = await measureIdle(bench, 0);
  const past = await measureIdle(bench, deployed);
  return [
    { name: "submission to Deployment, idle, p50", measured: empty.latency, unit: " ms", atMost: 150 },
    {
      name: `the same, ${deployed} documents deployed before`,
      measured: past.latency,
      unit: " ms",
      atMost: 150,
    },
    {
      name: `the same, to that of an empty queue`,
      measured: past.latency / empty.latency,
      unit: "x",
      atMost: 1.3,
    },
    {
      name: `start to first Deployment, ${deployed} documents deployed before, to that of an empty queue`,
      measured: past.start / empty.start,
      unit: "x",
      atMost: 1.3,
    },
  ];
}

async function measureIdle(bench: DeployBench, deployed: number): Promise<Idle> {
  const place = await prepare(bench, `idle-${deployed}`);
  await putAll(bench, place, deployed, deployedDocument);
  // CouchDB indexes documents as they come: on a queue with a past, that is done.
  await once(runPlugin(bench, place.database, ["queue", "list", "--status", "queued"]), "exit");
  await put(bench, place, "first", payload("first"));
  const startedAt = performance.now();
  const deployer = startDeployer(bench, place, ["--watch"]);
  await deploymentExists(bench, place.namespace, "first");
  const start = secondsSince(startedAt);
  const times: number[] = [];
  for (let index = 0; index < submissions; index += 1) {
    const siteName = `idle-${index}`;
    const submittedAt = performance.now();
    await put(bench, place, siteName, payload(siteName));
    await deploymentExists(bench, place.namespace, siteName);
    times.push(performance.now() - submittedAt);
  }
  await stopDeployer(deployer);
  await discard(bench, place);
  const latency = median(times);
  console.log(
    `  ${deployed} documents deployed before: first Deployment after ${start.toFixed(2)} s, then p50 ${latency.toFixed(0)} ms`,
  );
  return { start, latency };
}

/** As a deployer leaves it. */
function deployedDocument(index: number): object {
  return {
    _id: `old-${index}`,
    company: { name: `old ${index}` },
    deployment: { status: "deployed", site: `old-${index}`, revision: 1 },
  };
}

async function deploymentExists(
  { client, signal }: DeployBench,
  namespace: string,
  name: string,
): Promise<void> {
  while ((await client.request("GET", `${deploymentsPath(namespace)}/${name}`)).status !== 200)
    await delay(3, undefined, { signal });
}
