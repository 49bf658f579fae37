import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { startCouchdbProcess } from "../../couchdb/couchdb-process.ts";
import { startFaultProxy } from "../../couchdb/fault-proxy.ts";
import type { FaultProxy } from "../../couchdb/fault-proxy.ts";
import { controlPlane } from "../../control-plane/test-cluster.ts";
import { startTestCouchdb } from "../queue/queue-under-test.ts";
import type { TestCouchdb } from "../queue/queue-under-test.ts";
import { prepareQueueAndNamespace, startDeployer } from "./deployer-under-test.ts";
import type { DeployerProcess, Json, TestQueueAndNamespace } from "./deployer-under-test.ts";

let couchdb: TestCouchdb;
let test: TestQueueAndNamespace;
const cleanUps: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  couchdb = await startTestCouchdb();
});
afterAll(async () => {
  await couchdb.stop();
});
beforeEach(async () => {
  test = await prepareQueueAndNamespace(couchdb);
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

function deployer(...args: Parameters<typeof startDeployer>): DeployerProcess {
  const process = startDeployer(...args);
  cleanUps.push(async () => await process.kill());
  return process;
}

async function putRequests(count: number, prefix = "shop"): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `${prefix}-${String(index + 1).padStart(3, "0")}`);
  await Promise.all(
    ids.map(async (id) => await test.put(id, { company: { name: id }, password: `pw-${id}` })),
  );
  return ids;
}

async function itemsOf(apiVersion: string, resource: string): Promise<readonly Json[]> {
  const list = await test.get(apiVersion, resource);
  return Array.isArray(list?.["items"]) ? list["items"] : [];
}

async function statusesOf(ids: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const id of ids) {
    const deployment = (await test.read(id))["deployment"];
    const status =
      typeof deployment === "object" && deployment !== null && "status" in deployment
        ? String(deployment.status)
        : "untouched";
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

/** Waits until the deployer is in the middle of its work. */
async function someDeployments(): Promise<void> {
  await expect
    .poll(async () => (await itemsOf("apps/v1", "deployments")).length, { timeout: 120_000 })
    .toBeGreaterThan(5);
}

const metadataSchema = z.object({ metadata: z.object({ name: z.string(), generation: z.number() }) });
const countsSchema = z.object({ counts: z.object({ deployed: z.number() }) });

/** Every site there, each once and unchanged since it was made, and no document lost or stuck. */
async function expectAllDeployed(ids: readonly string[]): Promise<void> {
  const deployments = await itemsOf("apps/v1", "deployments");
  const found = deployments.map((object) => metadataSchema.parse(object).metadata);
  expect(found.map(({ name }) => name).toSorted()).toEqual(ids.toSorted());
  expect(found.filter(({ generation }) => generation !== 1)).toEqual([]);
  expect(await itemsOf("apps/v1", "replicasets")).toHaveLength(ids.length);
  expect(await statusesOf(ids)).toEqual({ deployed: ids.length });
  expect(JSON.stringify(await Promise.all(ids.map(async (id) => await test.read(id))))).not.toContain("pw-");
}

/** A proxy before what a URL names, and the URL through it. */
async function startProxy(target: string): Promise<{ readonly proxy: FaultProxy; readonly url: string }> {
  const url = new URL(target);
  const proxy = await startFaultProxy(Number(url.port));
  cleanUps.push(async () => await proxy.close());
  url.port = String(proxy.port);
  return { proxy, url: url.href };
}

/** A kubeconfig of its own, whose requests go through a proxy. */
async function kubeconfigThrough(proxy: FaultProxy): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  cleanUps.push(async () => await rm(directory, { recursive: true }));
  const kubeconfig = parse(await readFile(controlPlane.kubeconfig, "utf8"));
  kubeconfig.clusters[0].cluster.server = `https://127.0.0.1:${proxy.port}`;
  const file = join(directory, "kubeconfig");
  await writeFile(file, stringify(kubeconfig));
  return file;
}

describe("a deployer that is killed in the middle", () => {
  it("is taken over by the next one, which completes every site once", async () => {
    const ids = await putRequests(60);
    const first = deployer(test);
    await someDeployments();
    await first.kill();
    const { exitCode, stderr } = await test.run(["deploy"]);
    expect(stderr).toContain("waiting for ");
    expect(exitCode).toBe(0);
    await expectAllDeployed(ids);
  });
});

describe("a deployer that is interrupted", () => {
  it("gives what it has claimed back at once", async () => {
    const ids = await putRequests(40);
    const first = deployer(test);
    await someDeployments();
    expect(await first.terminate()).toBe(143);
    expect(await statusesOf(ids)).not.toHaveProperty("deploying");
    await test.run(["deploy"]);
    await expectAllDeployed(ids);
  });
});

describe("two deployers on one queue", () => {
  it("deploy every site once", async () => {
    const ids = await putRequests(200);
    const results = await Promise.all([
      test.run(["deploy", "-o", "json"]),
      test.run(["deploy", "-o", "json"]),
    ]);
    const [one = 0, other = 0] = results.map(
      ({ stdout }) => countsSchema.parse(JSON.parse(stdout)).counts.deployed,
    );
    expect(one).toBeGreaterThan(0);
    expect(other).toBeGreaterThan(0);
    expect(one + other).toBe(ids.length);
    await expectAllDeployed(ids);
  });
});

describe("deploy --watch", () => {
  it("deploys what is submitted while it runs, and ends cleanly when told", async () => {
    const watching = deployer(test, ["--watch"]);
    const [before] = await putRequests(1, "before");
    await expect
      .poll(async () => await statusesOf([before ?? ""]), { timeout: 120_000 })
      .toEqual({ deployed: 1 });
    const ids = await putRequests(5, "during");
    await expect.poll(async () => await statusesOf(ids), { timeout: 120_000 }).toEqual({ deployed: 5 });
    expect(await watching.terminate()).toBe(143);
    expect(await watching.output).toContain("site/during-005 deployed  http://during-005.sites.localhost");
  });

  it("queues a deployed document again when its payload changes", async () => {
    const [id = ""] = await putRequests(1);
    deployer(test, ["--watch"]);
    await expect.poll(async () => await statusesOf([id]), { timeout: 120_000 }).toEqual({ deployed: 1 });
    await test.put(id, { ...(await test.read(id)), country_code: "FR" });
    await expect
      .poll(async () => await test.get("v1", "configmaps", `${id}.config`), { timeout: 120_000 })
      .toMatchObject({ data: { "shop.json": expect.stringContaining("FR") } });
  });

  it("goes on when CouchDB is killed and comes back, and loses nothing", async () => {
    const directory = await mkdtemp(join(tmpdir(), "couchdb-"));
    cleanUps.push(async () => await rm(directory, { recursive: true }));
    let server = await startCouchdbProcess({ directory });
    cleanUps.push(async () => await server.kill());
    test = await prepareQueueAndNamespace({ newDatabaseUrl: () => `${server.url}/sites` });
    const watching = deployer(test, ["--watch"]);
    const ids = await putRequests(60);
    await someDeployments();
    await server.kill();
    server = await startCouchdbProcess({ directory, port: server.port });
    ids.push(...(await putRequests(10, "after")));
    await expect
      .poll(async () => await statusesOf(ids), { timeout: 240_000, interval: 1000 })
      .toEqual({ deployed: 70 });
    await watching.terminate();
    await expectAllDeployed(ids);
  });

  it("goes on when the API server is away for 20 s and CouchDB's connections are dead meanwhile", async () => {
    const api = await startProxy(controlPlane.server);
    const queue = await startProxy(test.url);
    queue.proxy.inject({ kind: "latency", milliseconds: 20 });
    const watching = deployer({ ...test, url: queue.url }, ["--watch"], await kubeconfigThrough(api.proxy));
    const ids = await putRequests(60);
    await someDeployments();
    api.proxy.inject({ kind: "refuse" });
    api.proxy.cut();
    queue.proxy.inject({ kind: "half-open" });
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    api.proxy.inject({ kind: "none" });
    queue.proxy.inject({ kind: "none" });
    await expect
      .poll(async () => await statusesOf(ids), { timeout: 240_000, interval: 1000 })
      .toEqual({ deployed: 60 });
    await watching.terminate();
    await expectAllDeployed(ids);
  });
});
