import { ApiError } from "../../shared/cluster/api-error.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { evaluate } from "../../shared/policy/evaluate.ts";
import { isObject, listMember, member, memberAt } from "../../shared/policy/json.ts";
import type { JsonObject } from "../../shared/policy/json.ts";
import { verdictOf } from "../lint/verdict.ts";
import type { Verdict } from "../lint/verdict.ts";
import { warn } from "../terminal/warn.ts";
import type { Audited } from "./audit-sites.ts";
import type { AuditScope } from "./audit.ts";

interface WorkloadKind {
  readonly apiVersion: string;
  readonly resource: string;
  readonly kind: string;
}

/** What makes pods besides Deployments, as the webhook is asked about it. */
const kinds: readonly WorkloadKind[] = [
  { apiVersion: "apps/v1", resource: "statefulsets", kind: "StatefulSet" },
  { apiVersion: "apps/v1", resource: "daemonsets", kind: "DaemonSet" },
  { apiVersion: "batch/v1", resource: "cronjobs", kind: "CronJob" },
  { apiVersion: "batch/v1", resource: "jobs", kind: "Job" },
  { apiVersion: "apps/v1", resource: "replicasets", kind: "ReplicaSet" },
  { apiVersion: "v1", resource: "replicationcontrollers", kind: "ReplicationController" },
  { apiVersion: "v1", resource: "pods", kind: "Pod" },
];

interface Workload extends Audited {
  /** Of the object whose controller made this one. */
  readonly controller: unknown;
}

/**
 * Judges whatever else makes pods in enforced namespaces, as if somebody created it by hand. What a controller made of
 * an object that is judged itself is left out: the controller would be allowed to make it again.
 */
export async function auditWorkloads(
  scope: AuditScope,
  sites: readonly Audited[],
): Promise<readonly Verdict[]> {
  const { namespace, enforced, io } = scope;
  if (enforced.size === 0 || (namespace !== undefined && !enforced.has(namespace))) return [];
  const lists = await Promise.all(kinds.map((kind) => listWorkloads(scope, kind)));
  const unseen = kinds.filter((_kind, index) => lists[index] === undefined);
  if (unseen.length > 0) {
    const names = unseen.map(({ resource }) => resource).join(", ");
    warn(io, `you may not list ${names}, so they are not looked at`);
  }
  const workloads = lists.flatMap((list) => list ?? []);
  const judged = new Set([...sites, ...workloads].map(({ uid }) => uid));
  return workloads.filter(({ controller }) => !judged.has(controller)).map(({ verdict }) => verdict);
}

/** Undefined for a kind that the user may not list. */
async function listWorkloads(
  { client, namespace, enforced, limits, io }: AuditScope,
  { apiVersion, resource, kind }: WorkloadKind,
): Promise<readonly Workload[] | undefined> {
  const judge = (raw: unknown): Workload | undefined => {
    const within = memberAt(raw, "metadata", "namespace");
    if (!isObject(raw) || typeof within !== "string" || !enforced.has(within)) return undefined;
    const object = { ...(kind === "Pod" ? unbound(raw) : raw), apiVersion, kind };
    const context = { operation: "CREATE", namespace: within, now: io.now() } as const;
    return {
      uid: memberAt(raw, "metadata", "uid"),
      controller: controllerOf(raw),
      verdict: verdictOf(object, within, evaluate(object, limits, context)),
    };
  };
  try {
    const path = resourcePath({ apiVersion, resource, namespace });
    const { items } = await listAll(client, path, judge, { signal: io.signal });
    return items.filter((workload) => workload !== undefined);
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  }
}

/** A pod as it was before the scheduler chose its node: nothing tells that choice from its author's. */
function unbound(raw: JsonObject): JsonObject {
  const { spec } = raw;
  if (!isObject(spec)) return raw;
  const { nodeName: _chosen, ...rest } = spec;
  return { ...raw, spec: rest };
}

function controllerOf(raw: unknown): unknown {
  const owners = listMember(member(raw, "metadata"), "ownerReferences");
  return member(
    owners.find((owner) => member(owner, "controller") === true),
    "uid",
  );
}
