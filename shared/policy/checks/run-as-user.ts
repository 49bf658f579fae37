import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

export const runAsUser: PodCheck = {
  id: "run-as-user",
  title: "Not as user 0",
  what: "runAsUser is not 0.",
  why: "User 0 is root, whatever runAsNonRoot says elsewhere.",
  source: "Pod Security Standards, restricted: running as non-root user (no relaxation for hostUsers: false)",
  mode: "deny",
  level: "restricted",
  scope: "pod",
  limit: () => "not 0",
  find(report, pod) {
    for (const context of pod.securityContexts) {
      const value = member(context.value, "runAsUser");
      if (value === 0) report({ path: context.at("runAsUser"), value, allowed: "any but 0" });
    }
  },
};
