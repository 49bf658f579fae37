import type { PodCheck } from "../check.ts";
import { member, memberAt } from "../json.ts";

export const restrictedSeccomp: PodCheck = {
  id: "restricted-seccomp",
  title: "Seccomp is on",
  what: "A seccomp profile is set, for the pod or for each of its containers.",
  why: "Without one, many clusters run the container unconfined.",
  source: "Pod Security Standards, restricted: seccomp",
  mode: "deny",
  level: "restricted",
  scope: "pod",
  limit: () => "RuntimeDefault or Localhost",
  find(report, pod) {
    // Bad values are the baseline control's business: this one wants a value.
    if (memberAt(pod.spec.value, "securityContext", "seccompProfile") !== undefined) return;
    for (const context of pod.containerSecurityContexts) {
      if (member(context.value, "seccompProfile") !== undefined) continue;
      report({
        path: context.at("seccompProfile"),
        value: undefined,
        allowed: "RuntimeDefault or Localhost",
      });
    }
  },
};
