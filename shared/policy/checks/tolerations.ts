import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";
import { matchesName } from "../name-pattern.ts";
import { locatedList } from "../located.ts";

export const tolerations: PodCheck = {
  id: "tolerations",
  title: "Tolerations",
  what: "Only allowed taints are tolerated.",
  why: "A toleration without a key tolerates every taint, the control plane's too.",
  source: "Kubernetes documentation: Taints and Tolerations",
  mode: "deny",
  scope: "pod",
  limit: (limits) => limits.scheduling.tolerationKeys.join(", "),
  find(report, { spec }, limits) {
    const { tolerationKeys } = limits.scheduling;
    for (const toleration of locatedList(spec, "tolerations")) {
      const key = member(toleration.value, "key");
      if (typeof key === "string" && key !== "" && matchesName(key, tolerationKeys)) continue;
      const { path, value } = toleration;
      report({ path, value, allowed: `keys ${tolerationKeys.join(", ") || "none"}` });
    }
  },
};
