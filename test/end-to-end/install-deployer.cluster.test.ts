import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { chartDirectory, helm } from "../chart/helm.ts";
import { type PodProcess, startPodProcess } from "../chart/pod-process.ts";
import { freePorts } from "../control-plane/free-ports.ts";
import { controlPlane, createTestNamespace, kubectl } from "../control-plane/test-cluster.ts";
import { type CouchdbProcess, startCouchdbProcess } from "../couchdb/couchdb-process.ts";

/*
 * The deployer as the chart installs it: its arguments, its files, its Secret, and the rights of its account and no
 * others.
 */

let system: string;
let sites: string;
let directory: string;
let port: number;
let couchdb: CouchdbProcess;
let deployer: PodProcess | undefined;

beforeAll(async () => {
  [port] = await freePorts();
  system = await createTestNamespace("system");
  sites = await createTestNamespace("sites");
  directory = await mkdtemp(path.join(tmpdir(), "subscribie-queue-"));
  couchdb = await startCouchdbProcess({ directory });
  const url = new URL("subscribie", couchdb.url).href;
  await kubectl(["create", "secret", "generic", "couchdb", "-n", system, `--from-literal=url=${url}`]);
  const values = {
    webhook: { enabled: false },
    operatorRole: { create: false },
    sites: { namespace: sites },
    siteDefaults: { host: "{site}.shops.example", image: { version: "v0.11" } },
    deployer: { enabled: true, port, couchdb: { existingSecret: "couchdb" } },
  };
  const flags = ["--namespace", system, "--values", "-"];
  await helm(["install", "shops", chartDirectory, ...flags], controlPlane.kubeconfig, JSON.stringify(values));
  deployer = await startPodProcess(controlPlane, system, "shops-subscribie-deployer");
});

afterAll(async () => {
  await deployer?.stop();
  await helm(["uninstall", "shops", "--namespace", system], controlPlane.kubeconfig);
  await couchdb.kill();
  await rm(directory, { recursive: true, force: true });
});

async function health(what: string): Promise<number> {
  return await fetch(`http://127.0.0.1:${port}/${what}`).then(
    ({ status }) => status,
    () => 0,
  );
}

test("it gets alive and ready at the port of the chart's probes", async () => {
  await expect.poll(async () => await health("livez"), { timeout: 60_000 }).toBe(200);
  await expect.poll(async () => await health("readyz"), { timeout: 60_000 }).toBe(200);
});

const statusSchema = z.object({ deployment: z.object({ status: z.string() }).optional() });

test("a sign-up becomes a site, made of the chart's site defaults, by the account's rights alone", async () => {
  const fixture = new URL("../fixtures/site-requests/soap-and-sons.json", import.meta.url);
  const document = new URL("subscribie/sign-up-1", couchdb.url);
  const headers = { "content-type": "application/json" };
  const put = await fetch(document, { method: "PUT", headers, body: await readFile(fixture, "utf8") });
  expect(put.status).toBe(201);
  const status = async () => {
    const body: unknown = await fetch(document).then(async (response) => await response.json());
    return statusSchema.parse(body).deployment?.status;
  };
  await expect.poll(status, { timeout: 90_000 }).toBe("deployed");
  const { stdout } = await kubectl(["get", "deployments,ingresses", "-n", sites, "-o", "json"]);
  expect(stdout).toContain("ghcr.io/subscribie/subscribie:v0.11");
  expect(stdout).toContain(".shops.example");
  expect(deployer?.output()).not.toContain("forbidden");
});
