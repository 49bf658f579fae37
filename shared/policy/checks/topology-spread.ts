import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";
import { locatedList } from "../located.ts";

export const topologySpread: PodCheck = {
  id: "topology-spread",
  title: "Topology spread",
  what: "Pods are spread over allowed topologies only.",
  why: "Other keys are labels of nodes that are the operator's business.",
  source: "Kubernetes documentation: Pod Topology Spread Constraints",
  mode: "deny",
  scope: "pod",
  limit: (limits) => limits.scheduling.topologyKeys.join(", "),
  find(report, { spec }, limits) {
    const { topologyKeys } = limits.scheduling;
    for (const constraint of locatedList(spec, "topologySpreadConstraints")) {
      const key = member(constraint.value, "topologyKey");
      if (topologyKeys.some((name) => name === key)) continue;
      report({ path: constraint.at("topologyKey"), value: key, allowed: topologyKeys.join(", ") });
    }
  },
};
