import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Readable } from "node:stream";

/**
 * Loaded into the program before its own code: at its end it says the most memory that was ever resident (what the
 * kernel calls VmHWM), in KiB, on file descriptor 3.
 */
const reporter = `data:text/javascript,${encodeURIComponent(`
import { writeSync } from "node:fs";
process.on("exit", () => writeSync(3, String(process.resourceUsage().maxRSS)));
`)}`;

/** Runs a Node.js program to its end. @returns its peak resident memory in MB (10^6 bytes), and its exit code. */
export async function peakMemory(
  argumentList: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<{ megabytes: number; code: number | null }> {
  const child = spawn(process.execPath, ["--import", reporter, ...argumentList], {
    env: environment,
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  const report = child.stdio[3];
  const [kibibytes] = await Promise.all([text(readable(report)), once(child, "exit")]);
  return { megabytes: (Number(kibibytes) * 1024) / 1e6, code: child.exitCode };
}

function readable(stream: NodeJS.WritableStream | Readable | null | undefined): Readable {
  if (stream === null || stream === undefined || !("read" in stream)) throw new Error("no pipe to read");
  return stream;
}
