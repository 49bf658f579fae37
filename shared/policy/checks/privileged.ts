import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

export const privileged: PodCheck = {
  id: "privileged",
  title: "Privileged containers",
  what: "No container is privileged.",
  why: "A privileged container is root on the node.",
  source: "Pod Security Standards, baseline: privileged containers",
  mode: "deny",
  scope: "pod",
  limit: () => "none",
  find(report, pod) {
    for (const context of pod.containerSecurityContexts) {
      const value = member(context.value, "privileged");
      if (value === undefined || value === false) continue;
      report({ path: context.at("privileged"), value, allowed: "false" });
    }
  },
};
