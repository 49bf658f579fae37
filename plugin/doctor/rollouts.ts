import * as z from "zod";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { nameSome } from "../../shared/text/name-some.ts";
import { rolloutLease } from "../rollout/rollout-lease.ts";
import { createRolloutStore, recordNamespaces } from "../rollout/rollout-store.ts";
import type { DoctorContext, Examination, Finding } from "./diagnosis.ts";

const hourMs = 3_600_000;
const forgottenMs = 24 * hourMs;

const mostNamed = 5;

const leaseSchema = z.object({
  spec: z.object({ holderIdentity: z.string().nullish(), renewTime: z.string().nullish() }).default({}),
});

/** Rollouts that nobody drives any more, records that cannot be read, and Leases that nobody renews. */
export const rollouts: Examination = {
  check: "rollouts",
  async examine(context) {
    const { client, io, namespace, systemNamespace } = context;
    const others = namespace === undefined ? await recordNamespaces(client, io.signal) : [namespace];
    const places = [...new Set([systemNamespace, ...others])];
    const findings = await Promise.all(places.map(async (place) => await examinePlace(context, place)));
    return { summary: `records in ${nameSome(places, mostNamed)}`, findings: findings.flat() };
  },
};

async function examinePlace(context: DoctorContext, namespace: string): Promise<readonly Finding[]> {
  const { client, io } = context;
  const findings: Finding[] = [];
  const stored = await createRolloutStore(client, namespace, io.signal).list((problem) => {
    findings.push({ message: problem, fix: "delete the ConfigMap if nobody needs the rollout any more" });
  });
  const holder = await readHolder(context, namespace);
  const isDriven = holder?.isRenewed === true;
  for (const { record } of stored) {
    const idleMs = io.now() - Date.parse(record.updatedAt);
    const where = `--record-namespace ${namespace}`;
    if (record.phase === "Progressing" && !isDriven) {
      findings.push({
        message: `rollout ${record.id} is under way and nobody drives it`,
        fix: `kubectl subscribie resume ${record.id} ${where}, or abort`,
      });
    } else if (record.phase === "Paused" && idleMs > forgottenMs) {
      findings.push({
        message: `rollout ${record.id} has been paused since ${record.updatedAt}`,
        fix: `kubectl subscribie resume ${record.id} ${where}, rollback or abort`,
      });
    }
  }
  const isExplained = findings.length > 0;
  if (holder !== undefined && !isDriven && !isExplained) {
    findings.push({
      message: `${holder.name} has not given the Lease ${namespace}/${holder.lease} back, and last renewed it at ${holder.renewTime}`,
      fix: `the next rollout takes it over after some seconds; to be rid of it, kubectl delete lease -n ${namespace} ${holder.lease}`,
    });
  }
  return findings;
}

/** Who has the Lease. */
interface Holder {
  readonly lease: string;
  readonly name: string;
  readonly renewTime: string;
  /** Within the hour: clocks differ, but hardly by that much. */
  readonly isRenewed: boolean;
}

/** Undefined while nobody has it. */
async function readHolder({ client, io }: DoctorContext, namespace: string): Promise<Holder | undefined> {
  const { name: lease } = rolloutLease(namespace);
  const path = resourcePath({
    apiVersion: "coordination.k8s.io/v1",
    resource: "leases",
    namespace,
    name: lease,
  });
  try {
    const { spec } = leaseSchema.parse(
      (await client.request({ method: "GET", path, signal: io.signal })).body,
    );
    if (!spec.holderIdentity) return undefined;
    const renewTime = spec.renewTime ?? "";
    const isRenewed = Math.abs(io.now() - Date.parse(renewTime)) < hourMs;
    return { lease, name: spec.holderIdentity, renewTime: renewTime || "no time", isRenewed };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
