import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { run } from "../../../plugin/run.ts";
import { createSites } from "../../control-plane/sites.ts";
import { client, controlPlane, createTestNamespace, kubectl } from "../../control-plane/test-cluster.ts";
import { startCouchdbServer, type CouchdbServer } from "../../couchdb/couchdb-server.ts";
import { memoryIo } from "../memory-io.ts";

let home: string;
let shops: string;
let other: string;
let couchdb: CouchdbServer;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "configuration-"));
  couchdb = await startCouchdbServer();
  shops = await createTestNamespace("configuration");
  other = await createTestNamespace("configuration");
  await createSites(client, shops, 1, { prefix: "ours" });
  await createSites(client, other, 1, { prefix: "theirs" });
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "queue", namespace: shops } };
  const applied = await kubectl(["apply", "-f", "-"], {
    input: JSON.stringify({ ...secret, stringData: { url: queueUrl() } }),
  });
  if (applied.code !== 0) throw new Error(applied.stderr);
  await mkdir(join(home, ".config", "subscribie"), { recursive: true });
  const configuration = {
    fleet: "ours",
    fleets: {
      ours: { context: "test", namespace: shops, couchdb: { secret: { name: "queue" } } },
      theirs: { namespace: other, couchdb: { secret: { name: "missing" } } },
    },
  };
  await writeFile(join(home, ".config", "subscribie", "config.yaml"), JSON.stringify(configuration));
});

afterAll(async () => {
  await couchdb.stop();
  await rm(home, { recursive: true, force: true });
});

function queueUrl(): string {
  const url = new URL(couchdb.url);
  url.pathname = "/configured";
  return url.href;
}

async function subscribie(line: string, env: Record<string, string> = {}) {
  const { io, written } = memoryIo({ env: { HOME: home, KUBECONFIG: controlPlane.kubeconfig, ...env } });
  const code = await run(line.split(" "), io);
  return { code, ...(await written()) };
}

it("a command is about the usual fleet, unless another is named", async () => {
  expect((await subscribie("sites -o name")).stdout).toBe("deployment.apps/ours-00001\n");
  expect((await subscribie("sites -o name --fleet theirs")).stdout).toBe("deployment.apps/theirs-00001\n");
  expect((await subscribie("--fleet theirs sites -o name")).stdout).toBe("deployment.apps/theirs-00001\n");
  const { stdout } = await subscribie("sites -o name", { SUBSCRIBIE_FLEET: "theirs" });
  expect(stdout).toBe("deployment.apps/theirs-00001\n");
});

it("flags win over variables, and those over the file", async () => {
  const env = { SUBSCRIBIE_NAMESPACE: other };
  expect((await subscribie("sites -o name", env)).stdout).toBe("deployment.apps/theirs-00001\n");
  expect((await subscribie(`sites -o name -n ${shops}`, env)).stdout).toBe("deployment.apps/ours-00001\n");
});

it("the queue's address comes from the fleet's Secret", async () => {
  expect(await subscribie("queue init")).toMatchObject({ code: 0 });
  expect(await subscribie("queue list")).toEqual({ code: 0, stdout: "", stderr: "No requests found.\n" });
  const { code, stderr } = await subscribie("queue list --fleet theirs");
  expect(code).toBe(1);
  expect(stderr).toContain(`no Secret ${other}/missing, where the configuration says`);
});

it("config view says what holds and whence, and no password", async () => {
  const { code, stdout } = await subscribie("config view -o json", {
    SUBSCRIBIE_COUCHDB_URL: "http://sam:hunter2@couchdb:5984/shops",
    SUBSCRIBIE_NAMESPACE: "mine",
  });
  expect(code).toBe(0);
  expect(stdout).not.toContain("hunter2");
  expect(JSON.parse(stdout)).toMatchObject({
    file: join(home, ".config", "subscribie", "config.yaml"),
    fleet: "ours",
    settings: {
      context: { value: "test", from: "fleet ours" },
      namespace: { value: "mine", from: "SUBSCRIBIE_NAMESPACE" },
    },
    environment: { SUBSCRIBIE_COUCHDB_URL: "http://sam:REDACTED@couchdb:5984/shops" },
  });
});

it("a fleet that is not there is wrong usage, with the one that was meant", async () => {
  expect(await subscribie("sites --fleet thiers")).toEqual({
    code: 2,
    stdout: "",
    stderr: "error: no fleet 'thiers' in the configuration; did you mean theirs?\n",
  });
});
