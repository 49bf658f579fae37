import { readFile } from "node:fs/promises";
import path from "node:path";

import type { Binaries } from "./build.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import { lastLines } from "./log-lines.ts";
import { type SupervisedProcess, superviseProcesses } from "./supervised-processes.ts";

/** The components that are processes of a control plane. */
export type ComponentName = "etcd" | "kube-apiserver" | "kube-controller-manager" | "kube-scheduler" | "kwok";

/** The processes of one control plane; each one's output is in `<directory>/<name>.log`. */
export interface ComponentProcesses {
  start(name: ComponentName, argumentList: readonly string[]): Promise<void>;
  /** Ends one and waits until it has ended, so that its port is free again. */
  end(name: ComponentName, signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /**
   * Waits for `ready`, which gets a signal that aborts when the wait is over.
   * @throws ControlPlaneError as soon as one of the components ends, with the last lines of its log.
   */
  whileRunning<Result>(ready: (signal: AbortSignal) => Promise<Result>): Promise<Result>;
  /** From now on, tells of every component that ends without having been asked to. */
  reportEndings(report: (line: string) => void): void;
  /** The process ids, of those that run now. */
  ids(): ReadonlyMap<ComponentName, number>;
  /** Ends all, and removes the state directory. */
  close(): Promise<void>;
}

/** Starts nothing yet; from here on `directory` is removed when this process ends, however it ends. */
export function createComponentProcesses(directory: string, binaries: Binaries): ComponentProcesses {
  const supervisor = superviseProcesses(directory);
  const running = new Map<ComponentName, SupervisedProcess>();
  const askedToEnd = new Set<ComponentName>();
  const logOf = (name: ComponentName): string => path.join(directory, `${name}.log`);
  let reportEnding: ((line: string) => void) | undefined;

  const noteEnding = async (name: ComponentName, component: SupervisedProcess): Promise<void> => {
    const reason = await component.ended;
    running.delete(name);
    if (!askedToEnd.has(name)) {
      reportEnding?.(`${name} of the control plane in ${directory} has ended by itself (${reason})`);
    }
  };

  return {
    async start(name, argumentList) {
      const component = await supervisor.start(name, binaries[name], argumentList, logOf(name));
      askedToEnd.delete(name);
      running.set(name, component);
      void noteEnding(name, component);
    },

    async end(name, signal) {
      askedToEnd.add(name);
      await running.get(name)?.end(signal);
    },

    async whileRunning(ready) {
      const over = new AbortController();
      const failures = [...running].map(async ([name, component]): Promise<never> => {
        throw await endedDuringStart(name, await component.ended, logOf(name));
      });
      try {
        return await Promise.race([ready(over.signal), ...failures]);
      } finally {
        over.abort();
        // Components that end later, as all do, are no longer this wait's concern.
        for (const failure of failures) {
          failure.catch(() => {});
        }
      }
    },

    reportEndings(report) {
      reportEnding = report;
    },

    ids() {
      return new Map([...running].map(([name, component]) => [name, component.pid]));
    },

    async close() {
      reportEnding = undefined;
      await supervisor.close();
    },
  };
}

async function endedDuringStart(
  name: ComponentName,
  reason: string,
  log: string,
): Promise<ControlPlaneError> {
  const lines = lastLines(await readFile(log, "utf8").catch(() => ""), 5);
  const taken = lines.map((line) => /(\S+:\d+): bind: address already in use/.exec(line)?.[1]).find(Boolean);
  const what = taken
    ? `${name} cannot listen on ${taken}, which another program holds: end that program, or choose another port.`
    : `${name} ended while the control plane was starting (${reason}). Its last words:`;
  return new ControlPlaneError([what, ...lines.map((line) => `  ${line}`)].join("\n"));
}
