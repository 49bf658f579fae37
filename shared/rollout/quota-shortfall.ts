import { parseQuantity, type Quantity } from "../policy/quantity.ts";

/** The status of a ResourceQuota: amounts as the API writes them, by the names that it gives them. */
export interface QuotaStatus {
  readonly hard: Readonly<Record<string, string>>;
  readonly used: Readonly<Record<string, string>>;
}

/** What a quota has too little of for a rollout's surge. */
export interface QuotaShortfall {
  readonly resource: string;
  readonly hard: string;
  readonly used: string;
}

/** Quotas by number of pods; see https://kubernetes.io/docs/concepts/policy/resource-quotas/ for all names. */
const podResources: ReadonlySet<string> = new Set(["pods", "count/pods"]);

/** Quotas by what pods ask for; `cpu` and `memory` are older names of the requests. */
const computeResources: ReadonlySet<string> = new Set([
  "cpu",
  "memory",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
]);

/**
 * What of a quota would not suffice if so many sites had one pod more at a time. What a pod asks for is taken to be
 * the average of the pods that are there: a fleet's sites are copies of one application.
 *
 * @param surge pods more than usual
 * @param pods pods that the quota's use is about
 */
export function quotaShortfalls(
  { hard, used }: QuotaStatus,
  { surge, pods }: { readonly surge: number; readonly pods: number },
): readonly QuotaShortfall[] {
  return Object.entries(hard).flatMap(([resource, limit]) => {
    const most = parseQuantity(limit);
    const now = parseQuantity(used[resource] ?? "0");
    if (most === undefined || now === undefined) return [];
    const needed = neededFor(resource, now, surge, pods);
    if (needed === undefined || now + needed <= most) return [];
    return [{ resource, hard: limit, used: used[resource] ?? "0" }];
  });
}

function neededFor(resource: string, used: Quantity, surge: number, pods: number): Quantity | undefined {
  if (podResources.has(resource)) return parseQuantity(String(surge));
  if (!computeResources.has(resource) || pods === 0) return undefined;
  return (used * BigInt(surge)) / BigInt(pods);
}
