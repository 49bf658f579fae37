import type { PodCheck } from "../check.ts";
import { mapEntries, member, memberAt } from "../json.ts";
import { parseQuantity } from "../quantity.ts";

export const resourceBounds: PodCheck = {
  id: "resource-bounds",
  title: "Resource bounds",
  what: "Requests and limits are within the bounds, and no request is more than its limit.",
  why: "A site gets what it paid for, and a node holds what was planned.",
  source: "Kubernetes documentation: Limit Ranges",
  mode: "deny",
  scope: "pod",
  limit: ({ resources: { minimum, maximum } }) =>
    [
      ...Object.entries(minimum).map(([name, value]) => `${name} at least ${value}`),
      ...Object.entries(maximum).map(([name, value]) => `${name} at most ${value}`),
    ].join(", "),
  find(report, pod, limits) {
    const { minimum, maximum } = limits.resources;
    for (const resources of pod.resourceOwners) {
      for (const kind of ["requests", "limits"] as const) {
        for (const [name, value] of mapEntries(memberAt(resources.value, kind))) {
          const amount = parseQuantity(value);
          // What is no quantity is reported by well-formed.
          if (amount === undefined) continue;
          const most = member(maximum, name);
          const least = member(minimum, name);
          const at = (allowed: string) => report({ path: resources.at(kind, name), value, allowed });
          if (isMore(amount, most)) at(`at most ${String(most)}`);
          else if (isLess(amount, least)) at(`at least ${String(least)}`);
          else if (kind === "requests" && isMore(amount, memberAt(resources.value, "limits", name))) {
            at("at most its limit");
          }
        }
      }
    }
  },
};

function isMore(amount: bigint, bound: unknown): boolean {
  const parsed = parseQuantity(bound);
  return parsed !== undefined && amount > parsed;
}

function isLess(amount: bigint, bound: unknown): boolean {
  const parsed = parseQuantity(bound);
  return parsed !== undefined && amount < parsed;
}
