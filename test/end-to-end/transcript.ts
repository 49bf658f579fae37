import path from "node:path";
import { fileURLToPath } from "node:url";

import { run } from "../../plugin/run.ts";
import { kubectlEnvironment } from "../control-plane/kubectl.ts";
import { runProgram } from "../control-plane/run-program.ts";
import { controlPlane } from "../control-plane/test-cluster.ts";
import type { User } from "../control-plane/users.ts";
import { memoryIo } from "../plugin/memory-io.ts";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));

export interface TranscriptOptions {
  /** `operator` by default. */
  readonly user?: User;
  /** Standard input. */
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Without kubectl and the bundle, which take a second on a busy machine: for lines that say no more through them. */
  readonly inProcess?: true;
}

/** The environment in which `kubectl subscribie` is the built plugin, and nothing of this machine's configuration counts. */
export function transcriptEnvironment(options: TranscriptOptions = {}): NodeJS.ProcessEnv {
  const { PATH, ...others } = kubectlEnvironment(controlPlane, options.user ?? "operator");
  const isOurs = ([name]: readonly [string, unknown]) =>
    name.startsWith("SUBSCRIBIE_") || name === "NO_COLOR";
  return {
    ...Object.fromEntries(Object.entries(others).filter((entry) => !isOurs(entry))),
    HOME: "/nowhere",
    XDG_CONFIG_HOME: "/nowhere",
    // The plugin is a script of Node.js 24, and the machine's own may be older.
    PATH: [dist, path.dirname(process.execPath), PATH].join(path.delimiter),
    ...options.environment,
  };
}

/**
 * Runs `kubectl subscribie LINE` and writes down all that a person sees: the command, stdout, stderr with a `! ` before
 * each line, and the exit code where it is not 0. What differs from run to run is replaced by a word.
 *
 * @param line words without quotes
 * @param names texts that differ, each with its word
 */
export async function transcript(
  line: string,
  names: Readonly<Record<string, string>>,
  options: TranscriptOptions = {},
): Promise<string> {
  const words = line.split(" ").filter(Boolean);
  const { code, stdout, stderr } =
    options.inProcess === true ? await runInProcess(words, options) : await runBuilt(words, options);
  const text =
    `$ kubectl subscribie ${line}\n${stdout}${stderr.replace(/^(?=.)/gm, "! ")}` +
    (code === 0 ? "" : `exit code ${code}\n`);
  return withWords(text, names);
}

async function runBuilt(words: readonly string[], options: TranscriptOptions) {
  return await runProgram(controlPlane.binaries.kubectl, ["subscribie", ...words], {
    environment: transcriptEnvironment(options),
    ...(options.input === undefined ? {} : { input: options.input }),
  });
}

async function runInProcess(words: readonly string[], options: TranscriptOptions) {
  const { io, written } = memoryIo({ env: transcriptEnvironment(options), now: Date.now });
  const code = await run(words, io);
  return { code, ...(await written()) };
}

/** Replaces what differs from run to run. */
export function withWords(text: string, names: Readonly<Record<string, string>>): string {
  const named = Object.entries(names).reduce((known, [name, word]) => known.replaceAll(name, word), text);
  return named
    .replaceAll(controlPlane.server, "SERVER")
    .replaceAll(/\b[urs]-\d{8}-\d{6}-[0-9a-z]{4}\b/g, "ROLLOUT")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "TIME")
    .replaceAll(/_rev: \S+/g, "_rev: REVISION")
    .replaceAll(/v\d+\.\d+\.\d+\S*(?: \(Node\.js v[\d.]+\))?/g, "vVERSION")
    .replaceAll(/ after \d+(?:s|m\d*s?)\b/g, " after DURATION")
    .replaceAll(/ {2,}\d+(?:s|m\d*s?)(?: {2,}|$)/gm, "   AGE   ")
    .replaceAll(/ in \d+ ms\b/g, " in N ms");
}
