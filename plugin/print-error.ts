import { printable } from "../shared/text/printable.ts";
import { CommandError, exitCodes, UsageError } from "./errors.ts";
import { Interruption, type Io } from "./io.ts";
import { version } from "./version.ts";

/** From this level of -v on, an error shows its stack and causes. */
const stackLevel = 8;

const logInAgain = "log in again, or mend the user's entry in the kubeconfig";

/**
 * Prints an error as one line on stderr and returns its exit code. What is none of ours is a bug: it says so, and
 * where to report it.
 */
export function printError(error: unknown, args: readonly string[], io: Io): number {
  if (io.signal.aborted && io.signal.reason instanceof Interruption && isAbort(error, io.signal)) {
    io.stderr.write(`${io.signal.reason.message}\n`);
    return io.signal.reason.exitCode;
  }
  if (error instanceof Interruption) {
    io.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  const { line, exitCode } = describe(error);
  io.stderr.write(`error: ${printable(line, 4_000)}\n`);
  if (asksForStacks(args)) writeStacks(error, io);
  return exitCode;
}

function describe(error: unknown): { line: string; exitCode: number } {
  if (error instanceof UsageError) return { line: error.message, exitCode: exitCodes.usage };
  if (error instanceof CommandError) return { line: error.message, exitCode: error.exitCode };
  // The modules of these classes load the Kubernetes client: told apart by name, so that `version` need not load it.
  if (error instanceof Error && error.name === "KubeConfigError") return failed(error.message);
  if (error instanceof Error && error.name === "UnreachableError") {
    return failed(
      `${error.message}; check that the cluster is up and that --context, --server and KUBECONFIG name it`,
    );
  }
  if (error instanceof Error && error.name === "CredentialsError") {
    return failed(`${error.message}; ${logInAgain}`);
  }
  if (error instanceof Error && error.name === "ApiError")
    return failed(`the API server refused: ${error.message}${refusalRemedy(error)}`);
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return failed(
    `a bug in kubectl-subscribie v${version}: ${what}; please report it with the output of -v 8 at https://github.com/subscribie/kubectl-subscribie/issues`,
  );
}

/** What may help against a refusal for who asks; an admission webhook's refusal is 403 too, and says what is wrong. */
function refusalRemedy(error: Error): string {
  if ("status" in error && error.status === 401) return `; ${logInAgain}`;
  // https://github.com/kubernetes/apiserver/blob/master/pkg/endpoints/handlers/responsewriters/errors.go
  return / is forbidden: User .* cannot /s.test(error.message)
    ? "; ask for a role that allows it: kubectl subscribie doctor says what each command lacks, and the chart's ClusterRole subscribie-operator has what rollouts need"
    : "";
}

function failed(line: string): { line: string; exitCode: number } {
  return { line, exitCode: exitCodes.failed };
}

/** An error that is only the echo of the interruption. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  if (error === signal.reason) return true;
  return error instanceof Error && (error.name === "AbortError" || error.cause === signal.reason);
}

/** Read from the raw arguments: they may be what is wrong. */
function asksForStacks(args: readonly string[]): boolean {
  const level = args.join(" ").match(/(?:^| )(?:-v[= ]?|--v[= ])(\d{1,2})(?: |$)/)?.[1];
  return Number(level ?? 0) >= stackLevel;
}

function writeStacks(error: unknown, io: Io): void {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    io.stderr.write(
      `${(cause.stack ?? "")
        .split("\n")
        .map((line) => printable(line, 1_000))
        .join("\n")}\n`,
    );
  }
}
