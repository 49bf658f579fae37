import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

export const privilegeEscalation: PodCheck = {
  id: "privilege-escalation",
  title: "Privilege escalation",
  what: "Every container sets allowPrivilegeEscalation: false.",
  why: "Otherwise a set-user-id program makes its caller root.",
  source: "Pod Security Standards, restricted: privilege escalation",
  mode: "deny",
  level: "restricted",
  scope: "pod",
  limit: () => "false",
  find(report, pod) {
    for (const context of pod.containerSecurityContexts) {
      const value = member(context.value, "allowPrivilegeEscalation");
      if (value !== false) report({ path: context.at("allowPrivilegeEscalation"), value, allowed: "false" });
    }
  },
};
