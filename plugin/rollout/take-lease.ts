import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { acquireLease, LeaseHeldError, type LeaseHold } from "../../shared/cluster/lease.ts";
import { CommandError, rolloutRoleRemedy } from "../errors.ts";
import type { Io } from "../io.ts";
import { rolloutLease } from "./rollout-lease.ts";

/** Takes the Lease of whoever drives rollouts with records in this namespace; throws CommandError where it cannot. */
export async function takeLease(options: {
  readonly client: ApiClient;
  readonly io: Io;
  readonly recordNamespace: string;
  readonly quiet: boolean;
  readonly followUpFlags: string;
}): Promise<LeaseHold> {
  const { client, io, recordNamespace, followUpFlags } = options;
  try {
    return await acquireLease(client, {
      ...rolloutLease(recordNamespace),
      signal: io.signal,
      onWait(holder) {
        if (options.quiet) return;
        io.stderr.write(`${holder} holds the rollout Lease; seeing whether it is still at work\n`);
      },
    });
  } catch (error) {
    throw explain(error, recordNamespace, followUpFlags);
  }
}

function explain(error: unknown, namespace: string, followUpFlags: string): unknown {
  if (error instanceof LeaseHeldError) {
    return new CommandError(
      `another rollout is under way: ${error.holder} holds the rollout Lease of namespace ${namespace} since ${error.since}; ` +
        `watch it with kubectl subscribie status -w${followUpFlags}, or stop it with kubectl subscribie pause${followUpFlags}`,
      { cause: error },
    );
  }
  if (error instanceof ApiError && error.status === 404) {
    return new CommandError(
      `namespace ${namespace}, where the rollout's record is to be kept, does not exist; create it, or name another one with --record-namespace`,
      { cause: error },
    );
  }
  if (error instanceof ApiError && error.status === 403) {
    return new CommandError(
      `you may not keep the rollout's Lease in namespace ${namespace}: ${error.message}; ${rolloutRoleRemedy}`,
      { cause: error },
    );
  }
  return error;
}
