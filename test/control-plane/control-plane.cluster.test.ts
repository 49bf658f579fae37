import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createApiClient } from "./api-client.ts";
import { readControlPlaneAccess } from "./control-plane-access.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { runKubectl } from "./kubectl.ts";
import { createSites, waitForSites } from "./sites.ts";

/** The folder in which a test's control planes have their state directories. */
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "subscribie-control-plane-test-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}

/** Whether there is a process of this id. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Whether an API server is there; another process's has no process id that we know. */
async function answers(server: string, certificateAuthority: string): Promise<boolean> {
  const client = createApiClient({ server, certificateAuthority, token: "none" });
  try {
    return (await client.request("GET", "/livez")).status > 0;
  } catch {
    return false;
  } finally {
    client.close();
  }
}

describe("the API server of a control plane", () => {
  let controlPlane: ControlPlane;

  beforeEach(async () => {
    controlPlane = await startControlPlane({
      controllers: "default",
      directory: path.join(directory, "state"),
    });
  });

  afterEach(async () => {
    await controlPlane.stop();
  });

  test.for(["stopApiServer", "killApiServer"] as const)(
    "goes away on %s, and comes back on the same port with its data, to controllers that go on",
    async (goAway) => {
      const client = createApiClient(controlPlane);
      const [before = ""] = await createSites(client, "default", 1, { prefix: "before" });
      await controlPlane[goAway]();
      await expect(client.request("GET", "/readyz")).rejects.toThrow("ECONNREFUSED");

      await controlPlane.startApiServer();
      const [after = ""] = await createSites(client, "default", 1, { prefix: "after" });
      await waitForSites(client, "default", [before, after], AbortSignal.timeout(120_000));
      client.close();
    },
  );
});

test("a controller that is off does nothing, while the others work", async () => {
  const controlPlane = await startControlPlane({
    controllers: "fast",
    controllersOff: ["deployment-controller"],
    nodes: 2,
  });
  await runKubectl(controlPlane, ["create", "deployment", "idle", "--image=example.org/site:v1"]);
  await runKubectl(controlPlane, ["create", "job", "once", "--image=example.org/task:v1"]);
  const job = await runKubectl(controlPlane, [
    "wait",
    "job/once",
    "--for=condition=Complete",
    "--timeout=120s",
  ]);
  const replicaSets = await runKubectl(controlPlane, ["get", "replicasets", "-o", "name"]);
  const nodes = await runKubectl(controlPlane, ["get", "nodes", "-o", "name"]);
  await controlPlane.stop();
  expect(job.stdout).toContain("condition met");
  expect(replicaSets.stdout).toBe("");
  expect(nodes.stdout).toBe("node/node-1\nnode/node-2\n");
});

test("after a stop, no process and no state is left", async () => {
  const controlPlane = await startControlPlane({ controllers: "fast" });
  const processes = [...controlPlane.processIds().values()];
  expect(processes.every(isRunning)).toBe(true);
  expect(processes).toHaveLength(5);
  await controlPlane.stop();
  expect(processes.some(isRunning)).toBe(false);
  expect(await exists(controlPlane.directory)).toBe(false);
});

test("a directory that holds something is refused, and left alone", async () => {
  await writeFile(path.join(directory, "precious"), "");
  await expect(startControlPlane({ controllers: "fast", directory })).rejects.toThrow(
    `${directory} is not empty: name a new directory, or remove this one.`,
  );
  expect(await exists(path.join(directory, "precious"))).toBe(true);
});

test("a port in use is named in the first line of the error, and nothing is left behind", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const address = holder.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const state = path.join(directory, "state");
  const start = startControlPlane({ controllers: "fast", directory: state, port });
  await expect(start).rejects.toThrow(
    `kube-apiserver cannot listen on 127.0.0.1:${port}, which another program holds: end that program, or choose another port.\n`,
  );
  holder.close();
  expect(await exists(state)).toBe(false);
});

describe("a runner of a control plane", () => {
  const runners: ChildProcess[] = [];

  afterEach(() => {
    runners.splice(0).forEach((runner) => runner.kill("SIGKILL"));
  });

  /** Starts one in a process of its own, as the runner of the tests or the demo is, and waits until it is up. */
  async function startRunner(state: string): Promise<ChildProcess> {
    const main = path.join(import.meta.dirname, "main.ts");
    const runner = spawn(process.execPath, [main, "start", "--directory", state], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    runners.push(runner);
    await once(runner.stdout, "data");
    return runner;
  }

  test.for(["SIGKILL", "SIGINT", "SIGTERM"] as const)(
    "takes its processes and its state with it when it gets %s",
    async (signal) => {
      const state = path.join(directory, "state");
      const runner = await startRunner(state);
      const { server, certificateAuthority } = await readControlPlaneAccess(state);
      expect(await answers(server, certificateAuthority)).toBe(true);

      runner.kill(signal);
      await expect.poll(() => exists(state), { timeout: 60_000 }).toBe(false);
      expect(await answers(server, certificateAuthority)).toBe(false);
    },
  );

  test("takes them along when it is killed in the middle of starting", async () => {
    const state = path.join(directory, "state");
    const main = path.join(import.meta.dirname, "main.ts");
    const runner = spawn(process.execPath, [main, "start", "--directory", state], { stdio: "ignore" });
    runners.push(runner);
    await expect.poll(() => exists(path.join(state, "kube-apiserver.log")), { timeout: 60_000 }).toBe(true);
    runner.kill("SIGKILL");
    await expect.poll(() => exists(state), { timeout: 60_000 }).toBe(false);
  });
});
