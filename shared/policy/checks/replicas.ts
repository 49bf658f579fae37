import { apiDefaultValues } from "../api-default-values.ts";
import type { ReplicasCheck } from "../check.ts";
import { memberAt } from "../json.ts";
import { describeRange, isWithinRange } from "../range.ts";

export const replicas: ReplicasCheck = {
  id: "replicas",
  title: "Replicas",
  what: "A site has so many pods and no more, also when it is scaled.",
  why: "One site could fill the cluster; and the scale subresource is a way around a check of the Deployment alone.",
  source: "Gatekeeper library: replicalimits; Kyverno: restrict-scale",
  mode: "deny",
  scope: "replicas",
  limit: (limits) => describeRange(limits.replicas),
  find(report, { object }, limits) {
    const value = memberAt(object, "spec", "replicas") ?? apiDefaultValues.replicas;
    if (isWithinRange(value, limits.replicas)) return;
    report({ path: ["spec", "replicas"], value, allowed: describeRange(limits.replicas) });
  },
};
