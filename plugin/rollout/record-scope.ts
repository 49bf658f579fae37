import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";
import { warn } from "../terminal/warn.ts";
import { isUnfinished, type RolloutStore, type StoredRollout } from "./rollout-store.ts";

/** Where rollouts over all namespaces keep their records: the chart's namespace. */
export const allNamespacesRecords = "subscribie-system";

/** Records and the Lease live in one namespace, also for the sites of all. */
export function recordNamespaceOf(
  flags: { readonly "record-namespace": string | undefined; readonly "all-namespaces": boolean },
  client: ApiClient,
): string {
  return flags["record-namespace"] ?? (flags["all-namespaces"] ? allNamespacesRecords : client.namespace);
}

/** The flags by which a later command finds the same cluster and record. */
export function followUpFlags(
  flags: Readonly<Partial<Record<(typeof clusterFlags)[number], string | undefined>>> & {
    readonly namespace: string | undefined;
    readonly "all-namespaces": boolean;
    readonly "record-namespace": string | undefined;
  },
): string {
  return [
    ...clusterFlags.map((name) => withValue(`--${name}`, flags[name])),
    flags["all-namespaces"] ? " -A" : withValue("-n", flags.namespace),
    withValue("--record-namespace", flags["record-namespace"]),
  ].join("");
}

/** Which cluster, and as whom; a token has no place in a line that is copied. */
const clusterFlags = ["kubeconfig", "context", "cluster", "user", "server", "as"] as const;

/** As a shell reads it. */
function withValue(flag: string, value: string | undefined): string {
  if (value === undefined) return "";
  return ` ${flag} ${/^[\w.:/@%+=,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`;
}

/** The newest rollout that is not finished; throws CommandError where there is none. */
export async function findUnfinished(store: RolloutStore, io: Io): Promise<StoredRollout> {
  const stored = await store.list((problem) => warn(io, problem));
  const found = stored.find(isUnfinished);
  if (found === undefined) {
    throw new CommandError(
      `no unfinished rollout in namespace ${store.namespace}; see kubectl subscribie history`,
    );
  }
  return found;
}
