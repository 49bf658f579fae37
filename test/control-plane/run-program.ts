import { spawn } from "node:child_process";

export interface ProgramResult {
  /** The exit code; null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface ProgramOptions {
  /** What it reads on standard input; nothing by default. */
  input?: string;
  environment?: NodeJS.ProcessEnv;
  /** Ends it with SIGTERM. */
  signal?: AbortSignal;
}

/** Runs a program to its end, whatever its exit code. Rejects only when it could not be started, or on the signal. */
export async function runProgram(
  command: string,
  argumentList: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const child = spawn(command, argumentList, {
    stdio: ["pipe", "pipe", "pipe"],
    ...(options.environment && { env: options.environment }),
    ...(options.signal && { signal: options.signal }),
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A program that ends without reading its input is no fault of the caller's.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({
        code,
        stdout: Buffer.concat(stdout).toString("utf8"),
        stderr: Buffer.concat(stderr).toString("utf8"),
      }),
    );
  });
}
