import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { createApiClient } from "../../control-plane/api-client.ts";
import type { ApiClient } from "../../control-plane/api-client.ts";
import { readControlPlaneAccess } from "../../control-plane/control-plane-access.ts";
import type { ControlPlaneAccess } from "../../control-plane/control-plane-access.ts";
import { startControlPlane } from "../../control-plane/control-plane.ts";
import { startCouchdbProcess } from "../../couchdb/couchdb-process.ts";
import type { CouchdbProcess } from "../../couchdb/couchdb-process.ts";

/** What every part of the bench has at hand. */
export interface DeployBench {
  readonly access: ControlPlaneAccess;
  readonly client: ApiClient;
  readonly couchdb: CouchdbProcess;
  /** Aborted when the bench has had its time: what waits gives up, and deployers end. */
  readonly signal: AbortSignal;
}

export interface Sizes {
  readonly sites: number;
  readonly rounds: number;
  /** Documents that were deployed before. */
  readonly deployed: number;
  readonly memorySites: number;
}

/** A namespace and a database with the same name. */
export interface Place {
  readonly namespace: string;
  readonly database: string;
}

const program = fileURLToPath(new URL("../../../dist/kubectl-subscribie", import.meta.url));

/**
 * Starts a control plane (or takes the one in SUBSCRIBIE_TEST_CONTROL_PLANE) and a CouchDB, and ends them.
 *
 * @param minutes that the task may take
 */
export async function withDeployBench(
  minutes: number,
  task: (bench: DeployBench) => Promise<void>,
): Promise<void> {
  const running = process.env["SUBSCRIBIE_TEST_CONTROL_PLANE"];
  const controlPlane = running === undefined ? await startControlPlane({ controllers: "fast" }) : undefined;
  const access = controlPlane ?? (await readControlPlaneAccess(running ?? ""));
  const directory = await mkdtemp(join(tmpdir(), "bench-couchdb-"));
  const couchdb = await startCouchdbProcess({ directory });
  const client = createApiClient(access);
  try {
    await task({ access, client, couchdb, signal: AbortSignal.timeout(minutes * 60_000) });
  } finally {
    client.close();
    await couchdb.kill();
    await controlPlane?.stop();
    await rm(directory, { recursive: true });
  }
}

/** Runs a command line of the product, with a queue. */
export function runPlugin(
  { access, couchdb, signal }: DeployBench,
  database: string,
  args: readonly string[],
): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], {
    env: {
      ...process.env,
      KUBECONFIG: access.kubeconfig,
      SUBSCRIBIE_COUCHDB_URL: `${couchdb.url}/${database}`,
    },
    stdio: ["ignore", "ignore", "ignore"],
    signal,
  });
  // Whoever waits for its end is told.
  child.on("error", () => {});
  return child;
}

export function startDeployer(
  bench: DeployBench,
  { namespace, database }: Place,
  args: readonly string[] = [],
): ChildProcess {
  return runPlugin(bench, database, ["deploy", "-n", namespace, "--quiet", ...args]);
}

/** Ends a deployer that watches. */
export async function stopDeployer(deployer: ChildProcess): Promise<void> {
  const gone = once(deployer, "exit");
  deployer.kill("SIGTERM");
  await gone;
}

/** @returns what a process has in memory now, in MB (10^6 bytes) */
export async function residentMegabytes({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1024) / 1e6;
}

export async function prepare({ client, couchdb }: DeployBench, name: string): Promise<Place> {
  const namespace = `bench-${name}-${Date.now().toString(36)}`;
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  await client.request("POST", "/api/v1/namespaces", { body });
  await couch(couchdb, "PUT", namespace);
  return { namespace, database: namespace };
}

/** Deletes a namespace and waits until its pods are gone, so that the next contestant does not pay for them. */
export async function discard({ client, signal }: DeployBench, { namespace }: Place): Promise<void> {
  await client.request("DELETE", `/api/v1/namespaces/${namespace}`);
  while ((await client.request("GET", `/api/v1/namespaces/${namespace}`)).status !== 404)
    await delay(500, undefined, { signal });
}

/** A sign-up. */
export function payload(name: string): object {
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

/** Puts one document into a queue. */
export async function put(
  { couchdb }: DeployBench,
  { database }: Place,
  id: string,
  body: object,
): Promise<void> {
  await couch(couchdb, "PUT", `${database}/${id}`, body);
}

/** Puts documents into a queue, many at a time. */
export async function putAll(
  { couchdb }: DeployBench,
  { database }: Place,
  count: number,
  document: (index: number) => object,
): Promise<void> {
  const chunk = 5_000;
  for (let start = 0; start < count; start += chunk) {
    const docs = Array.from({ length: Math.min(chunk, count - start) }, (_, index) =>
      document(start + index),
    );
    await couch(couchdb, "POST", `${database}/_bulk_docs`, { docs });
  }
}

async function couch({ url }: CouchdbProcess, method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(`${url}/${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  await response.arrayBuffer();
}

export function deploymentsPath(namespace: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments`;
}

const countSchema = z.object({
  metadata: z.object({ remainingItemCount: z.number().optional() }),
  items: z.array(z.unknown()),
});

/** How many Deployments there are, without reading them. */
export async function countDeployments({ client }: DeployBench, namespace: string): Promise<number> {
  const { body } = await client.request("GET", `${deploymentsPath(namespace)}?limit=1`);
  const { items, metadata } = countSchema.parse(body);
  return items.length + (metadata.remainingItemCount ?? 0);
}

/** Waits until there are so many Deployments. */
export async function deploymentCount(bench: DeployBench, namespace: string, count: number): Promise<void> {
  while ((await countDeployments(bench, namespace)) < count)
    await delay(200, undefined, { signal: bench.signal });
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
