import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

import type { ControlPlaneAccess } from "../control-plane/control-plane-access.ts";
import { kubectlEnvironment } from "../control-plane/kubectl.ts";
import { type ProgramResult, runProgram } from "../control-plane/run-program.ts";
import { controlPlane as sharedControlPlane } from "../control-plane/test-cluster.ts";
import type { User } from "../control-plane/users.ts";

/** The built programs; `npm run build` makes them. */
const dist = fileURLToPath(new URL("../../dist", import.meta.url));

export interface PluginOptions {
  /** `operator` by default: a person who may do everything, and to whom every authorization check applies. */
  user?: User;
  /** The one that all test files share by default. */
  controlPlane?: ControlPlaneAccess;
}

/**
 * Runs `kubectl subscribie …` to its end as a person would: kubectl finds the built plugin on the PATH.
 *
 * @param namespace of `-n`
 */
export async function subscribie(
  namespace: string,
  argumentList: readonly string[],
  options: PluginOptions = {},
): Promise<ProgramResult> {
  const { controlPlane = sharedControlPlane } = options;
  return await runProgram(controlPlane.binaries.kubectl, commandLine(namespace, argumentList), {
    environment: environment(controlPlane, options.user),
  });
}

/** A running `kubectl subscribie …`, to be disturbed. */
export interface RunningPlugin {
  /** Resolves when what it has written to stderr matches; rejects when it ends without. */
  said(pattern: RegExp): Promise<void>;
  /** To the plugin itself: kubectl gives its process over to a plugin. */
  signal(name: NodeJS.Signals): void;
  /** Settles when it has ended. */
  readonly ended: Promise<ProgramResult>;
}

/** Starts `kubectl subscribie …`. It is killed when the test that owns it has ended before. */
export function startSubscribie(
  namespace: string,
  argumentList: readonly string[],
  options: PluginOptions = {},
): RunningPlugin {
  const { controlPlane = sharedControlPlane } = options;
  const child = spawn(controlPlane.binaries.kubectl, commandLine(namespace, argumentList), {
    stdio: ["ignore", "pipe", "pipe"],
    env: environment(controlPlane, options.user),
  });
  const written = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (written.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (written.stderr += text));
  const ended = endOf(child, written);
  return {
    ended,
    signal: (name) => void child.kill(name),
    async said(pattern) {
      const heard = Promise.withResolvers<void>();
      const listen = (): void => {
        if (pattern.test(written.stderr)) heard.resolve();
      };
      child.stderr.on("data", listen);
      listen();
      const missed = ended.then(({ stderr }) => {
        throw new Error(`it ended without saying ${String(pattern)}:\n${stderr}`);
      });
      await Promise.race([heard.promise, missed]).finally(() => child.stderr.off("data", listen));
    },
  };
}

async function endOf(
  child: ChildProcess,
  written: { readonly stdout: string; readonly stderr: string },
): Promise<ProgramResult> {
  const killed = (): void => void child.kill("SIGKILL");
  // A child that was stopped outlives the test run otherwise.
  process.once("exit", killed);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  process.off("exit", killed);
  return { code, ...written };
}

function commandLine(namespace: string, argumentList: readonly string[]): string[] {
  return ["subscribie", ...argumentList, "-n", namespace];
}

function environment(controlPlane: ControlPlaneAccess, user: User = "operator"): NodeJS.ProcessEnv {
  const { PATH, ...others } = kubectlEnvironment(controlPlane, user);
  // The plugin is a script of Node.js 24, and the machine's own may be older.
  return { ...others, PATH: [dist, path.dirname(process.execPath), PATH].join(path.delimiter) };
}
