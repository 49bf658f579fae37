import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { siteDefaultsSchema } from "../../shared/site/site-defaults.ts";
import { siteManifests } from "../../shared/site/site-manifests.ts";
import { deriveSiteName } from "../../shared/site/site-name.ts";
import { parseSiteRequest } from "../../shared/site/site-request.ts";
import { createApiClient } from "../control-plane/api-client.ts";
import type { ApiClient } from "../control-plane/api-client.ts";
import { readControlPlaneAccess } from "../control-plane/control-plane-access.ts";
import type { ControlPlaneAccess } from "../control-plane/control-plane-access.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { startCouchdbProcess } from "../couchdb/couchdb-process.ts";
import type { CouchdbProcess } from "../couchdb/couchdb-process.ts";

import { printFigures } from "./figures.ts";
import type { Figure } from "./figures.ts";

/**
 * The deployer's figures, side by side in one run: the time from a submission to its Deployment, and a queue of sites
 * beside a raw server-side-apply client that creates the same objects.
 *
 * `npm run bench -- deploy [--sites 1000] [--rounds 2] [--deployed 0]`
 */

interface Bench {
  readonly access: ControlPlaneAccess;
  readonly client: ApiClient;
  readonly couchdb: CouchdbProcess;
}

const program = fileURLToPath(new URL("../../dist/kubectl-subscribie", import.meta.url));
const concurrency = 40;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      sites: { type: "string", default: "1000" },
      rounds: { type: "string", default: "2" },
      deployed: { type: "string", default: "100000" },
    },
  });
  const sites = Number(values.sites);
  const running = process.env["SUBSCRIBIE_TEST_CONTROL_PLANE"];
  const controlPlane = running === undefined ? await startControlPlane({ controllers: "fast" }) : undefined;
  const access = controlPlane ?? (await readControlPlaneAccess(running ?? ""));
  const directory = await mkdtemp(join(tmpdir(), "bench-couchdb-"));
  const couchdb = await startCouchdbProcess({ directory });
  const bench = { access, client: createApiClient(access), couchdb };
  try {
    const figures = [
      await benchIdle(bench, 0),
      await benchIdle(bench, Number(values.deployed)),
      await benchQueue(bench, sites, Number(values.rounds)),
      await benchTwo(bench, sites),
    ];
    printFigures(figures);
  } finally {
    bench.client.close();
    await couchdb.kill();
    await controlPlane?.stop();
    await rm(directory, { recursive: true });
  }
}

/** p50 from submission to Deployment, with a deployer that watches an otherwise idle queue. */
async function benchIdle(bench: Bench, deployed: number): Promise<Figure> {
  const { namespace, database } = await prepare(bench, `idle-${deployed}`);
  await putDeployed(bench, database, deployed);
  // CouchDB indexes documents as they come: on a queue with a past, that is done.
  await once(runPlugin(bench, database, ["queue", "list", "--status", "queued"]), "exit");
  const startedAt = performance.now();
  const deployer = startDeployer(bench, namespace, database, ["--watch"]);
  const times: number[] = [];
  for (let index = 0; index < 31; index += 1) {
    const siteName = `idle-${index}`;
    const submittedAt = performance.now();
    await put(bench, database, siteName, payload(siteName));
    await deploymentExists(bench, namespace, siteName);
    // The first includes the start of the program.
    if (index === 0)
      console.log(`  ready with ${deployed} documents deployed before: ${seconds(startedAt)} s`);
    else times.push(performance.now() - submittedAt);
  }
  await stop(deployer);
  await discard(bench, namespace);
  return {
    name: `submission to Deployment, idle, ${deployed} documents deployed before, p50`,
    measured: median(times),
    unit: " ms",
    atMost: 150,
  };
}

/** A full queue, and the raw client, in turns. */
async function benchQueue(bench: Bench, sites: number, rounds: number): Promise<Figure> {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const raw = await timeRaw(bench, sites, round);
    const deployer = await timeDeployer(bench, sites, round);
    ratios.push(deployer / raw);
    console.log(`  round ${round + 1}: raw client ${raw.toFixed(1)} s, deployer ${deployer.toFixed(1)} s`);
  }
  return {
    name: `${sites} queued sites, to the raw client, median`,
    measured: median(ratios),
    unit: "x",
    atMost: 1.3,
  };
}

async function timeRaw(bench: Bench, sites: number, round: number): Promise<number> {
  const { namespace } = await prepare(bench, `raw-${round}`);
  const startedAt = performance.now();
  const remaining = Array.from({ length: sites }, (_, index) => `shop-${index}`).values();
  const work = async (): Promise<void> => {
    for (const name of remaining) await applyRaw(bench.client, namespace, name);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  const elapsed = (performance.now() - startedAt) / 1000;
  await discard(bench, namespace);
  return elapsed;
}

async function timeDeployer(bench: Bench, sites: number, round: number): Promise<number> {
  const { namespace, database } = await prepare(bench, `queue-${round}`);
  await putQueued(bench, database, sites);
  const startedAt = performance.now();
  const deployer = startDeployer(bench, namespace, database);
  await deploymentCount(bench, namespace, sites);
  const elapsed = (performance.now() - startedAt) / 1000;
  const [code] = await once(deployer, "exit");
  console.log(`  all available after ${seconds(startedAt)} s, exit code ${String(code)}`);
  await discard(bench, namespace);
  return elapsed;
}

/** Two deployers on one queue: every site once. */
async function benchTwo(bench: Bench, sites: number): Promise<Figure> {
  const { namespace, database } = await prepare(bench, "two");
  await putQueued(bench, database, sites);
  const startedAt = performance.now();
  const deployers = [startDeployer(bench, namespace, database), startDeployer(bench, namespace, database)];
  await Promise.all(deployers.map(async (deployer) => await once(deployer, "exit")));
  const { body } = await bench.client.request("GET", deploymentsPath(namespace));
  const { items } = z
    .object({ items: z.array(z.object({ metadata: z.object({ generation: z.number() }) })) })
    .parse(body);
  const madeOnce = items.filter(({ metadata }) => metadata.generation === 1).length;
  console.log(`  two deployers: ${items.length} sites in ${seconds(startedAt)} s`);
  await discard(bench, namespace);
  return {
    name: `two deployers on ${sites} documents, sites made once`,
    measured: madeOnce,
    unit: "",
    atLeast: sites,
  };
}

function startDeployer(
  bench: Bench,
  namespace: string,
  database: string,
  args: readonly string[] = [],
): ChildProcess {
  return runPlugin(bench, database, ["deploy", "-n", namespace, "--quiet", ...args]);
}

function runPlugin({ access, couchdb }: Bench, database: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program, ...args], {
    env: {
      ...process.env,
      KUBECONFIG: access.kubeconfig,
      SUBSCRIBIE_COUCHDB_URL: `${couchdb.url}/${database}`,
    },
    stdio: ["ignore", "ignore", "ignore"],
  });
}

async function stop(deployer: ChildProcess): Promise<void> {
  if (deployer.pid !== undefined) console.log(`  resident: ${await residentMegabytes(deployer.pid)} MB`);
  const gone = once(deployer, "exit");
  deployer.kill("SIGTERM");
  await gone;
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

async function prepare(bench: Bench, name: string): Promise<{ namespace: string; database: string }> {
  const namespace = `bench-${name}-${Date.now().toString(36)}`;
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  await bench.client.request("POST", "/api/v1/namespaces", { body });
  await couch(bench, "PUT", namespace);
  return { namespace, database: namespace };
}

/** Deletes a namespace and waits until its pods are gone, so that the next contestant does not pay for them. */
async function discard({ client }: Bench, namespace: string): Promise<void> {
  await client.request("DELETE", `/api/v1/namespaces/${namespace}`);
  while ((await client.request("GET", `/api/v1/namespaces/${namespace}`)).status !== 404) await pause(500);
}

function payload(name: string): object {
  return {
    company: { name },
    users: [`${name}@example.com`],
    password: "correct horse battery staple",
    login_token: "5f0c1d",
    country_code: "GB",
    plans: [
      { title: "Monthly box", description: "Three bars.", interval_amount: 1295, interval_unit: "monthly" },
    ],
  };
}

const defaults = siteDefaultsSchema.parse({});
const resources: Readonly<Record<string, string>> = {
  ConfigMap: "configmaps",
  Deployment: "deployments",
  Ingress: "ingresses",
  Secret: "secrets",
  Service: "services",
};

/** The same objects as the deployer's, one after the other, and nothing else. */
async function applyRaw(client: ApiClient, namespace: string, companyName: string): Promise<void> {
  const parsed = parseSiteRequest(payload(companyName));
  const name = deriveSiteName(companyName);
  if (!parsed.ok || !name.ok) throw new Error(`${companyName} makes no site`);
  const identity = { siteName: name.siteName, namespace, owner: { database: "raw", document: companyName } };
  const { secret, dependencies, deployment } = siteManifests(identity, parsed.request, defaults, undefined);
  const claim = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...secret.metadata, name: `${name.siteName}.site-claim` },
    data: { site: name.siteName, database: "raw", document: companyName },
  };
  for (const object of [claim, secret, ...dependencies, deployment]) {
    const root = object.apiVersion.includes("/") ? "apis" : "api";
    const path = `/${root}/${object.apiVersion}/namespaces/${namespace}/${resources[object.kind]}/${object.metadata.name}?fieldManager=raw`;
    const { status } = await client.request("PATCH", path, {
      body: object,
      contentType: "application/apply-patch+yaml",
    });
    if (status !== 201) throw new Error(`${object.kind} ${object.metadata.name}: ${status}`);
  }
}

async function couch({ couchdb }: Bench, method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(`${couchdb.url}/${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  await response.arrayBuffer();
}

async function put(bench: Bench, database: string, id: string, body: object): Promise<void> {
  await couch(bench, "PUT", `${database}/${id}`, body);
}

async function putQueued(bench: Bench, database: string, count: number): Promise<void> {
  const docs = Array.from({ length: count }, (_, index) => ({
    _id: `shop-${index}`,
    ...payload(`shop-${index}`),
  }));
  await couch(bench, "POST", `${database}/_bulk_docs`, { docs });
}

/** Documents as a deployer leaves them. */
async function putDeployed(bench: Bench, database: string, count: number): Promise<void> {
  const chunk = 5_000;
  for (let start = 0; start < count; start += chunk) {
    const docs = Array.from({ length: Math.min(chunk, count - start) }, (_, index) => ({
      _id: `old-${start + index}`,
      company: { name: `old ${start + index}` },
      deployment: { status: "deployed", site: `old-${start + index}`, revision: 1 },
    }));
    await couch(bench, "POST", `${database}/_bulk_docs`, { docs });
  }
}

function deploymentsPath(namespace: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments`;
}

async function deploymentExists({ client }: Bench, namespace: string, name: string): Promise<void> {
  while ((await client.request("GET", `${deploymentsPath(namespace)}/${name}`)).status !== 200)
    await pause(3);
}

const countSchema = z.object({
  metadata: z.object({ remainingItemCount: z.number().optional() }),
  items: z.array(z.unknown()),
});

async function deploymentCount({ client }: Bench, namespace: string, count: number): Promise<void> {
  for (;;) {
    const { body } = await client.request("GET", `${deploymentsPath(namespace)}?limit=1`);
    const { items, metadata } = countSchema.parse(body);
    if (items.length + (metadata.remainingItemCount ?? 0) >= count) return;
    await pause(200);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
