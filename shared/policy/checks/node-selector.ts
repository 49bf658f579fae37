import type { PodCheck } from "../check.ts";
import { mapEntries, member } from "../json.ts";
import { matchesName } from "../name-pattern.ts";

export const nodeSelector: PodCheck = {
  id: "node-selector",
  title: "Node selector",
  what: "Nodes are selected by allowed labels only.",
  why: "It would place a site on control-plane, database or other customers' nodes.",
  source: "Kubernetes documentation: PodNodeSelector",
  mode: "deny",
  scope: "pod",
  limit: ({ scheduling: { nodeSelectorKeys } }) => nodeSelectorKeys.join(", ") || "none",
  find(report, { spec }, limits) {
    const { nodeSelectorKeys } = limits.scheduling;
    for (const [key, value] of mapEntries(member(spec.value, "nodeSelector"))) {
      if (matchesName(key, nodeSelectorKeys)) continue;
      report({
        path: spec.at("nodeSelector", key),
        value,
        allowed: nodeSelectorKeys.join(", ") || "none",
      });
    }
  },
};
