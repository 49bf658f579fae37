import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

export const processNamespace: PodCheck = {
  id: "process-namespace",
  title: "Shared processes",
  what: "A pod's containers do not share their processes.",
  why: "A sidecar would read the site's environment and files through /proc.",
  source: "Kubernetes documentation: Share Process Namespace",
  mode: "deny",
  scope: "pod",
  limit: () => "false",
  find(report, { spec }) {
    const value = member(spec.value, "shareProcessNamespace");
    if (value === undefined || value === false) return;
    report({ path: spec.at("shareProcessNamespace"), value, allowed: "false" });
  },
};
