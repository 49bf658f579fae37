/** The exit codes that programs may rely on. */
export const exitCodes = {
  done: 0,
  /** Failed, no site matched, or violations found. */
  failed: 1,
  usage: 2,
  timedOut: 124,
  interrupted: 130,
} as const;

/** The command line is wrong; nothing was done. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The command could not do what was asked: one line that says what happened, to which object, and how to mend it. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.exitCode = options.exitCode ?? exitCodes.failed;
  }
}

/** How to mend that somebody may not do what a rollout does. */
export const rolloutRoleRemedy =
  "ask for a role that allows it (the chart's ClusterRole subscribie-operator does)";
