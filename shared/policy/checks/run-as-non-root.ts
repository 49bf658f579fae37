import type { PodCheck } from "../check.ts";
import { member, memberAt } from "../json.ts";

export const runAsNonRoot: PodCheck = {
  id: "run-as-non-root",
  title: "Not as root",
  what: "runAsNonRoot is true for the pod, or for each of its containers; a container's value wins.",
  why: "Root in a container is one kernel bug away from root on the node.",
  source: "Pod Security Standards, restricted: running as non-root (no relaxation for hostUsers: false)",
  mode: "deny",
  level: "restricted",
  scope: "pod",
  limit: () => "true",
  find(report, pod) {
    const ofPod = memberAt(pod.spec.value, "securityContext", "runAsNonRoot");
    for (const context of pod.containerSecurityContexts) {
      const value = member(context.value, "runAsNonRoot") ?? ofPod;
      if (value !== true) report({ path: context.at("runAsNonRoot"), value, allowed: "true" });
    }
  },
};
