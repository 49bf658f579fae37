import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The embedded server in a process of its own, with a directory to survive it. */
export interface CouchdbProcess {
  readonly port: number;
  readonly url: string;
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
}

const program = fileURLToPath(new URL("main.ts", import.meta.url));

/** Starts the embedded server as a child process; it ends with this process. */
export async function startCouchdbProcess(options: {
  readonly directory: string;
  readonly port?: number;
}): Promise<CouchdbProcess> {
  const child = spawn(
    process.execPath,
    [
      program,
      "--directory",
      options.directory,
      ...(options.port === undefined ? [] : ["--port", `${options.port}`]),
    ],
    { stdio: ["ignore", "pipe", "inherit", "ipc"] },
  );
  const { stdout } = child;
  if (stdout === null) throw new Error("the server's output is not a pipe");
  const lines = createInterface({ input: stdout });
  const url = await Promise.race([
    once(lines, "line").then(([line]) => String(line)),
    once(child, "exit").then(([code]) => {
      throw new Error(`the embedded CouchDB ended with ${String(code)} before it answered`);
    }),
  ]);
  return {
    port: Number(new URL(url).port),
    url,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}
