/**
 * The process that owns a control plane's processes, so that they never outlive the run.
 *
 * Its standard input is a pipe from the runner (vitest, the demo, the bench). The kernel closes that pipe when the
 * runner ends, in whatever way: normally, by Ctrl-C, by a crash or by SIGKILL. Then the supervisor ends what it
 * started, removes the state directory and ends itself. It is in a session of its own, so that a terminal's Ctrl-C
 * reaches the runner alone, which may still want to use the control plane while it winds up.
 *
 *     node supervisor.ts STATE-DIRECTORY
 *
 * Requests come as lines of JSON on stdin, reports go as lines of JSON to stdout: see supervisor-protocol.ts.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { openSync, closeSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

import {
  type SupervisorReport,
  type SupervisorRequest,
  parseSupervisorRequest,
} from "./supervisor-protocol.ts";

/** How long a process may take to end by itself after SIGTERM, before SIGKILL. */
const gracePeriodMilliseconds = 3_000;

const running = new Map<string, ChildProcess>();

function send(report: SupervisorReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

function start(request: Extract<SupervisorRequest, { action: "start" }>): void {
  const { name } = request;
  const log = openSync(request.log, "a");
  const child = spawn(request.command, request.arguments, {
    stdio: ["ignore", log, log],
    // Proxies and the like of the person's environment have no business between loopback processes.
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], TMPDIR: process.env["TMPDIR"] },
  });
  closeSync(log);
  running.set(name, child);
  child.once("spawn", () => send({ report: "started", name, pid: child.pid ?? 0 }));
  child.once("error", (error) => {
    running.delete(name);
    send({ report: "ended", name, reason: error.message });
  });
  child.once("exit", (code, signal) => {
    running.delete(name);
    send({ report: "ended", name, reason: signal ?? `exit code ${code}` });
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  child.kill(signal);
  await Promise.race([ended, delay(gracePeriodMilliseconds, undefined, { ref: false })]);
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await ended;
  }
}

let shuttingDown = false;

async function shutDown(): Promise<void> {
  if (shuttingDown) {
    return;
  }
  shuttingDown = true;
  // Not gently: the API server would take its time to drain watches, for data that is about to be removed.
  await Promise.all([...running.values()].map(async (child) => await end(child, "SIGKILL")));
  const stateDirectory = process.argv[2];
  if (stateDirectory !== undefined) {
    await rm(stateDirectory, { recursive: true, force: true, maxRetries: 3 });
  }
  process.exitCode = 0;
  process.stdin.destroy();
}

process.on("SIGTERM", () => void shutDown());
process.on("SIGINT", () => void shutDown());
// Nobody reads the reports of a supervisor whose runner is gone.
process.stdout.on("error", () => {});

const requests = createInterface({ input: process.stdin });
requests.on("line", (line) => {
  const request = parseSupervisorRequest(line);
  if (request.action === "start") {
    start(request);
    return;
  }
  const child = running.get(request.name);
  if (child) {
    void end(child, request.signal);
  }
});
requests.once("close", () => void shutDown());
