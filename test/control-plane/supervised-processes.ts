import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

import { ControlPlaneError } from "./control-plane-error.ts";
import { type SupervisorRequest, parseSupervisorReport } from "./supervisor-protocol.ts";

/** A process that the supervisor started. */
export interface SupervisedProcess {
  readonly pid: number;
  /** Settles when it has ended, with the reason in words: `SIGKILL`, `exit code 1`. Never rejects. */
  readonly ended: Promise<string>;
  /** Ends it (SIGTERM, then SIGKILL after three seconds; SIGKILL at once) and waits until it has ended. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** The runner's side of the supervisor. */
export interface SupervisedProcesses {
  /**
   * Starts a program whose output goes to `log`.
   * @throws ControlPlaneError when it cannot be started at all.
   */
  start(
    name: string,
    command: string,
    argumentList: readonly string[],
    log: string,
  ): Promise<SupervisedProcess>;
  /** Ends every process, removes the state directory, and waits until that is done. */
  close(): Promise<void>;
}

interface Waiter {
  started: PromiseWithResolvers<number>;
  ended: PromiseWithResolvers<string>;
}

/**
 * Starts a supervisor (see supervisor.ts) that removes `stateDirectory` at the end, however this process ends.
 * The supervisor keeps the event loop alive until it is closed.
 */
export function superviseProcesses(stateDirectory: string): SupervisedProcesses {
  const supervisor = spawn(
    process.execPath,
    [path.join(import.meta.dirname, "supervisor.ts"), stateDirectory],
    { stdio: ["pipe", "pipe", "inherit"], detached: true },
  );
  const waiters = new Map<string, Waiter>();
  listen(supervisor, waiters);
  const send = (request: SupervisorRequest): void =>
    void supervisor.stdin.write(`${JSON.stringify(request)}\n`);

  return {
    async start(name, command, argumentList, log) {
      const waiter = { started: Promise.withResolvers<number>(), ended: Promise.withResolvers<string>() };
      waiters.set(name, waiter);
      send({ action: "start", name, command, arguments: [...argumentList], log });
      const pid = await waiter.started.promise;
      return {
        pid,
        ended: waiter.ended.promise,
        async end(signal) {
          send({ action: "end", name, signal });
          await waiter.ended.promise;
        },
      };
    },
    async close() {
      if (supervisor.exitCode !== null || supervisor.signalCode !== null) {
        return;
      }
      const exited = once(supervisor, "exit");
      supervisor.stdin.end();
      await exited;
    },
  };
}

function listen(supervisor: ChildProcess, waiters: Map<string, Waiter>): void {
  const endAll = (reason: string): void => {
    for (const [name, waiter] of waiters) {
      waiter.started.reject(new ControlPlaneError(`${name} could not be started: ${reason}`));
      waiter.ended.resolve(reason);
    }
  };
  supervisor.once("error", (error) => endAll(`the supervisor could not be started: ${error.message}`));
  supervisor.once("exit", () => endAll("the supervisor has ended"));
  // A write to a supervisor that has just ended fails with EPIPE; its exit tells the same, and more usefully.
  supervisor.stdin?.on("error", () => {});
  if (!supervisor.stdout) {
    throw new Error("the supervisor was spawned without a pipe for its reports");
  }
  createInterface({ input: supervisor.stdout }).on("line", (line) => {
    const report = parseSupervisorReport(line);
    const waiter = waiters.get(report.name);
    if (report.report === "started") {
      waiter?.started.resolve(report.pid);
      return;
    }
    waiter?.started.reject(new ControlPlaneError(`${report.name} could not be started: ${report.reason}`));
    waiter?.ended.resolve(report.reason);
  });
}
