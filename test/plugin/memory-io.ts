import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { Io } from "../../plugin/io.ts";

/** An Io whose output is kept in memory, as on a machine without a terminal. */
export function memoryIo(overrides: Partial<Io> = {}): {
  readonly io: Io;
  /** All that was written to stdout and stderr; ends both. */
  readonly written: () => Promise<{ stdout: string; stderr: string }>;
} {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const stdin = new PassThrough();
  stdin.end();
  const io: Io = {
    stdout,
    stderr,
    stdin,
    env: {},
    now: () => 0,
    signal: new AbortController().signal,
    stdinIsTerminal: false,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    columns: () => undefined,
    ...overrides,
  };
  return {
    io,
    async written() {
      stdout.end();
      stderr.end();
      return { stdout: await text(stdout), stderr: await text(stderr) };
    },
  };
}
