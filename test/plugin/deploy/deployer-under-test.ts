import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { run } from "../../../plugin/run.ts";
import { client, controlPlane, createTestNamespace } from "../../control-plane/test-cluster.ts";
import { memoryIo } from "../memory-io.ts";
import { send } from "../queue/queue-under-test.ts";
import type { TestCouchdb } from "../queue/queue-under-test.ts";

interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface CommandOptions {
  readonly kubeconfig?: string;
  readonly stdin?: string;
  readonly signal?: AbortSignal;
}

export type Json = Readonly<Record<string, unknown>>;

/** A namespace and a queue of a test's own. */
export interface TestQueueAndNamespace {
  readonly namespace: string;
  readonly url: string;
  /** Runs a command line in this process, with this namespace and queue. */
  run(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Puts a document into the queue, as another program would. */
  put(id: string, body: unknown): Promise<void>;
  read(id: string): Promise<Json>;
  /** An object of the namespace, by its path below it: `deployments.apps/x` is `apps/v1`, `deployments/x`. */
  get(apiVersion: string, resource: string, name?: string): Promise<Json | undefined>;
}

export async function prepareQueueAndNamespace(
  couchdb: Pick<TestCouchdb, "newDatabaseUrl">,
): Promise<TestQueueAndNamespace> {
  const namespace = await createTestNamespace("deploy");
  const url = couchdb.newDatabaseUrl();
  await send("PUT", url);
  return {
    namespace,
    url,
    async run(args, options = {}) {
      const { io, written } = memoryIo({
        env: environment(url, options.kubeconfig),
        now: Date.now,
        ...(options.stdin === undefined ? {} : { stdin: Readable.from([options.stdin]) }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      const exitCode = await run(
        [...args, ...(args[0] === "deploy" || args[0] === "delete" ? ["-n", namespace] : [])],
        io,
      );
      return { exitCode, ...(await written()) };
    },
    async put(id, body) {
      const { status, body: answer } = await send("PUT", `${url}/${encodeURIComponent(id)}`, body);
      if (status !== 201) throw new Error(`${id} was not put: ${status} ${JSON.stringify(answer)}`);
    },
    async read(id) {
      const { body } = await send("GET", `${url}/${encodeURIComponent(id)}`);
      return asObject(body);
    },
    async get(apiVersion, resource, name) {
      const root = apiVersion.includes("/") ? "apis" : "api";
      const path = `/${root}/${apiVersion}/namespaces/${namespace}/${resource}${name === undefined ? "" : `/${name}`}`;
      const { status, body } = await client.request("GET", path);
      return status === 200 ? asObject(body) : undefined;
    },
  };
}

function asObject(body: unknown): Json {
  if (typeof body !== "object" || body === null) throw new Error(`not an object: ${JSON.stringify(body)}`);
  return Object.fromEntries(Object.entries(body));
}

function environment(url: string, kubeconfig = controlPlane.kubeconfig): Record<string, string> {
  return { KUBECONFIG: kubeconfig, SUBSCRIBIE_COUCHDB_URL: url };
}

/** A deployer in a process of its own, which can be killed. */
export interface DeployerProcess {
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and wait for the exit code. */
  terminate(): Promise<number | null>;
  readonly output: Promise<string>;
  /** Resolves with the first match in what it writes to stderr. */
  saying(pattern: RegExp): Promise<RegExpExecArray>;
  readonly exit: Promise<number | null>;
}

const program = fileURLToPath(new URL("../../../plugin/main.ts", import.meta.url));

export function startDeployer(
  { namespace, url }: TestQueueAndNamespace,
  args: readonly string[] = [],
  kubeconfig?: string,
): DeployerProcess {
  const child = spawn(process.execPath, [program, "deploy", "-n", namespace, ...args], {
    env: { ...process.env, ...environment(url, kubeconfig) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
  const output = Promise.all([text(child.stdout), text(child.stderr)]).then((parts) => parts.join(""));
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  return {
    exit,
    output,
    async saying(pattern) {
      for (;;) {
        const match = pattern.exec(said);
        if (match !== null) return match;
        await once(child.stderr, "data");
      }
    },
    async kill() {
      child.kill("SIGKILL");
      await exit;
    },
    async terminate() {
      child.kill("SIGTERM");
      return await exit;
    },
  };
}
