import type { Readable, Writable } from "node:stream";
import { isatty } from "node:tty";

/** What a command may touch of the outer world besides the cluster and the queue; tests hand in their own. */
export interface Io {
  /** The result, and nothing else. */
  readonly stdout: Writable;
  /** Progress, warnings, questions and errors. */
  readonly stderr: Writable;
  readonly stdin: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Aborted by the first Ctrl-C or SIGTERM: stop starting work, record, say how to go on. */
  readonly signal: AbortSignal;
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Width of the terminal at this moment; undefined where there is none. */
  readonly columns: () => number | undefined;
}

/** What aborted `Io.signal`, for the exit code: 130 after Ctrl-C, 143 after SIGTERM. */
export class Interruption extends Error {
  override readonly name = "Interruption";
  readonly exitCode: number;

  constructor(signal: "SIGINT" | "SIGTERM") {
    super(signal === "SIGINT" ? "interrupted" : "terminated");
    this.exitCode = signal === "SIGINT" ? 130 : 143;
  }
}

/**
 * The process as an Io. The first SIGINT or SIGTERM aborts the signal, the second ends the process at once. A reader
 * that closed our output early (`| head`) does not stop what was begun: only the text is lost.
 */
export function processIo(): Io {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      const interruption = new Interruption(name);
      // oxlint-disable-next-line no-process-exit -- the second Ctrl-C means now
      if (controller.signal.aborted) process.exit(interruption.exitCode);
      controller.abort(interruption);
    });
  }
  let stdout: Writable | undefined;
  let stderr: Writable | undefined;
  return {
    // Each is opened when it is wanted: that takes longer than some commands.
    get stdout() {
      return (stdout ??= forgiving(process.stdout));
    },
    get stderr() {
      return (stderr ??= forgiving(process.stderr));
    },
    get stdin() {
      return process.stdin;
    },
    env: process.env,
    now: Date.now,
    signal: controller.signal,
    stdinIsTerminal: isatty(0),
    stdoutIsTerminal: isatty(1),
    stderrIsTerminal: isatty(2),
    columns: () => process.stderr.columns ?? process.stdout.columns,
  };
}

function forgiving(stream: Writable): Writable {
  return stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
