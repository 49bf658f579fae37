import { createApiClient, type ApiClient } from "../shared/cluster/api-client.ts";
import { loadConnection, type ConnectionFlags } from "../shared/cluster/kubeconfig.ts";
import { printable } from "../shared/text/printable.ts";
import { parseDuration } from "../shared/text/duration.ts";
import type { FlagValues } from "./command.ts";
import { UsageError } from "./errors.ts";
import type { connectionFlags } from "./flags.ts";
import type { Io } from "./io.ts";
import { version } from "./version.ts";

export type ConnectionFlagValues = FlagValues<typeof connectionFlags>;

/** The level from which on each request is shown on stderr, as with kubectl's -v. */
const requestTraceLevel = 6;

/** Opens the API server that the flags, the kubeconfig or the pod name; no request is sent yet. */
export function connect(flags: ConnectionFlagValues, io: Io): ApiClient {
  const { kubeConfig, namespace } = loadConnection(connectionOf(flags), io.env);
  const requestTimeout = flags["request-timeout"];
  return createApiClient({
    kubeConfig,
    namespace,
    userAgent: `kubectl-subscribie/${version}`,
    ...(requestTimeout === undefined
      ? {}
      : { requestTimeoutSeconds: seconds("--request-timeout", requestTimeout) }),
    impersonate: { user: flags.as, uid: flags["as-uid"], groups: flags["as-group"] },
    trace:
      verbosity(flags.v) < requestTraceLevel
        ? undefined
        : ({ method, url, status, milliseconds }) => {
            io.stderr.write(
              `${method} ${printable(url, 2_000)} ${status ?? "no answer"} in ${Math.round(milliseconds)} ms\n`,
            );
          },
  });
}

function connectionOf(flags: ConnectionFlagValues): ConnectionFlags {
  const skip = flags["insecure-skip-tls-verify"];
  return { ...flags, "insecure-skip-tls-verify": skip ? true : undefined };
}

function seconds(flag: string, text: string): number {
  // kubectl takes a bare number as seconds, and 0 as no limit.
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (milliseconds === undefined)
    throw new UsageError(`${flag} is a duration such as 30s or 2m, not '${printable(text, 60)}'`);
  return milliseconds === 0 ? 2_000_000 : milliseconds / 1000;
}

/** The number of `-v`; 0 where there is none. */
function verbosity(level: string | undefined): number {
  if (level === undefined) return 0;
  if (!/^\d{1,2}$/.test(level))
    throw new UsageError(`-v is a number from 0 to 10, not '${printable(level, 60)}'`);
  return Number(level);
}
