import { apiDefaultValues } from "./api-default-values.ts";
import { member } from "./json.ts";

const percentage = /^(\d{1,9})%$/;

/**
 * How many pods of a Deployment may be missing during a rolling update, as its controller resolves it: percentages of
 * the replicas rounded down, and 1 where surge and unavailable would both be 0.
 * Source: k8s.io/kubernetes pkg/controller/deployment/util, ResolveFenceposts. Infinity for what cannot be read.
 */
export function maximumUnavailable(rollingUpdate: unknown, replicas: unknown): number {
  const pods = typeof replicas === "number" ? replicas : 1;
  const unavailable = resolve(
    member(rollingUpdate, "maxUnavailable") ?? apiDefaultValues.share,
    pods,
    Math.floor,
  );
  const surge = resolve(member(rollingUpdate, "maxSurge") ?? apiDefaultValues.share, pods, Math.ceil);
  return unavailable === 0 && surge === 0 ? 1 : unavailable;
}

function resolve(value: unknown, pods: number, round: (share: number) => number): number {
  if (typeof value === "number") return value;
  const match = typeof value === "string" ? percentage.exec(value) : null;
  return match === null ? Number.POSITIVE_INFINITY : round((Number(match[1]) * pods) / 100);
}
