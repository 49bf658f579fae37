import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

/** A server under test: a process of its own, so that its CPU and memory are its own. */
export interface Contestant {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** From the process's start until it said that it serves. */
  readonly startedInMs: number;
  /** CPU time that it used so far, in microseconds. */
  readonly cpuMicroseconds: () => Promise<number>;
  readonly residentMegabytes: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

export interface ContestantOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
}

/**
 * Starts a Node program and waits for the line in which it says its port.
 * @param portPattern with the port as its first group
 */
export async function startContestant(
  name: string,
  argumentList: readonly string[],
  portPattern: RegExp,
  { environment = {}, directory }: ContestantOptions = {},
): Promise<Contestant> {
  const started = performance.now();
  const child = spawn(process.execPath, argumentList, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
    ...(directory === undefined ? {} : { cwd: directory }),
  });
  const exited = once(child, "exit");
  const lines: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", (line) => {
        if (lines.length < 50) lines.push(line);
        const match = portPattern.exec(line);
        if (match !== null) resolve(Number(match[1]));
      });
    }
    void exited.then(() => reject(new Error(`${name} ended:\n${lines.join("\n")}`)));
  });
  const pid = child.pid ?? 0;
  return {
    name,
    port,
    pid,
    startedInMs: performance.now() - started,
    cpuMicroseconds: () => cpuOf(pid),
    residentMegabytes: () => residentOf(pid),
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** The scheduler counts nanoseconds for each thread; a process's own counter only goes by hundredths of a second. */
async function cpuOf(pid: number): Promise<number> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const times = await Promise.all(
    tasks.map(async (task) => {
      const text = await readFile(`/proc/${pid}/task/${task}/schedstat`, "utf8").catch(() => "0");
      return Number(text.split(" ")[0]) / 1000;
    }),
  );
  return times.reduce((sum, time) => sum + time, 0);
}

async function residentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}
