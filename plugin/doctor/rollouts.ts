import * as z from "zod";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { rolloutLease } from "../rollout/rollout-lease.ts";
import { createRolloutStore } from "../rollout/rollout-store.ts";
import type { DoctorContext, Examination, Finding } from "./diagnosis.ts";

const hourMs = 3_600_000;
const forgottenMs = 24 * hourMs;

const leaseSchema = z.object({
  spec: z.object({ holderIdentity: z.string().nullish(), renewTime: z.string().nullish() }).default({}),
});

/** Rollouts that nobody drives any more, records that cannot be read, and Leases that nobody renews. */
export const rollouts: Examination = {
  check: "rollouts",
  async examine(context) {
    const { namespace, systemNamespace } = context;
    const places = [...new Set([systemNamespace, ...(namespace === undefined ? [] : [namespace])])];
    const findings = await Promise.all(places.map(async (place) => await examinePlace(context, place)));
    return { summary: `records in ${places.join(" and ")}`, findings: findings.flat() };
  },
};

async function examinePlace(context: DoctorContext, namespace: string): Promise<readonly Finding[]> {
  const { client, io } = context;
  const findings: Finding[] = [];
  const stored = await createRolloutStore(client, namespace, io.signal).list((problem) => {
    findings.push({ message: problem, fix: "delete the ConfigMap if nobody needs the rollout any more" });
  });
  const isDriven = await isLeaseRenewed(context, namespace);
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
  return findings;
}

/** Held, and renewed within the hour: clocks differ, but hardly by that much. */
async function isLeaseRenewed({ client, io }: DoctorContext, namespace: string): Promise<boolean> {
  const { name } = rolloutLease(namespace);
  const path = resourcePath({ apiVersion: "coordination.k8s.io/v1", resource: "leases", namespace, name });
  try {
    const { spec } = leaseSchema.parse(
      (await client.request({ method: "GET", path, signal: io.signal })).body,
    );
    return Boolean(spec.holderIdentity) && Math.abs(io.now() - Date.parse(spec.renewTime ?? "")) < hourMs;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}
