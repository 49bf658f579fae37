import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

export const imagePullPolicy: PodCheck = {
  id: "image-pull-policy",
  title: "Image pull policy",
  what: "The pull policy is one of the allowed ones.",
  why: "With Never, a pod runs whatever private image another tenant left on the node.",
  source: "Kubernetes documentation: AlwaysPullImages",
  mode: "deny",
  scope: "pod",
  limit: (limits) => limits.images.pullPolicies.join(", "),
  find(report, pod, limits) {
    const allowed: readonly unknown[] = limits.images.pullPolicies;
    for (const { owner, fields } of pod.images) {
      const value = member(owner.value, fields.pullPolicy);
      if (value === undefined || value === "" || allowed.includes(value)) continue;
      report({ path: owner.at(fields.pullPolicy), value, allowed: allowed.join(", ") });
    }
  },
};
