import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { expectLeaseFree, LeaseHeldError } from "../../shared/cluster/lease.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";
import { warn } from "../terminal/warn.ts";
import { allNamespacesRecords } from "./record-scope.ts";
import { rolloutLease } from "./rollout-lease.ts";

interface Scope {
  readonly client: ApiClient;
  readonly io: Io;
  /** The namespace that was asked for; absent for all. */
  readonly sitesNamespace: string | undefined;
  /** Where the sites that change are. */
  readonly changedNamespaces: ReadonlySet<string>;
  readonly recordNamespace: string;
  readonly followUpFlags: string;
}

/**
 * Ends a rollout before its first site when somebody may be changing the same sites under the Lease of another
 * namespace: a rollout over all namespaces keeps records and Lease apart from those over one. Our own Lease is held
 * by now, so that of two who begin at once, each finds the other's.
 *
 * Throws CommandError. What we may not read stops nobody: who may change one namespace need not see others.
 */
export async function refuseOverlap(scope: Scope): Promise<void> {
  const namespaces =
    scope.sitesNamespace === undefined
      ? await changedNamespacesWithLease(scope)
      : [scope.sitesNamespace, allNamespacesRecords];
  const others = namespaces.filter((namespace) => namespace !== scope.recordNamespace);
  await Promise.all(others.map(async (namespace) => await expectNoRollout(namespace, scope)));
}

async function expectNoRollout(namespace: string, { client, io, followUpFlags }: Scope): Promise<void> {
  try {
    await expectLeaseFree(client, { ...rolloutLease(namespace), signal: io.signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return;
    if (!(error instanceof LeaseHeldError)) throw error;
    throw new CommandError(
      `another rollout may be changing these sites: ${error.holder} holds the rollout Lease of namespace ${namespace} since ${error.since}; ` +
        `watch it with kubectl subscribie status -w${followUpFlags} --record-namespace ${namespace}`,
      { cause: error },
    );
  }
}

const metadataSchema = z.object({ metadata: z.object({ namespace: z.string() }) });

async function changedNamespacesWithLease({ client, io, changedNamespaces }: Scope): Promise<string[]> {
  const path = resourcePath({ apiVersion: "coordination.k8s.io/v1", resource: "leases" });
  try {
    const { items } = await listAll(client, path, (raw) => metadataSchema.parse(raw).metadata.namespace, {
      fieldSelector: `metadata.name=${rolloutLease("").name}`,
      signal: io.signal,
    });
    return items.filter(
      (namespace) => namespace === allNamespacesRecords || changedNamespaces.has(namespace),
    );
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
    warn(io, "you may not list Leases, so that rollouts over single namespaces are not seen");
    return [];
  }
}
