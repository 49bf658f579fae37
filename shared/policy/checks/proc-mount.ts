import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

export const procMount: PodCheck = {
  id: "proc-mount",
  title: "/proc mount",
  what: "The container's /proc stays masked, whatever the pod's user namespace.",
  why: "Unmasked, it holds kernel settings and memory of the node. The Standard allows it with hostUsers: false; this policy leaves no field with which an author switches a control off.",
  source: "Pod Security Standards, baseline: /proc mount type (stricter)",
  mode: "deny",
  scope: "pod",
  limit: () => "Default",
  find(report, pod) {
    for (const context of pod.containerSecurityContexts) {
      const value = member(context.value, "procMount");
      if (value === undefined || value === "Default") continue;
      report({ path: context.at("procMount"), value, allowed: "Default" });
    }
  },
};
