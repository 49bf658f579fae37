import type { PodCheck } from "../check.ts";
import { jsonEqual, member } from "../json.ts";

export const runtimeClass: PodCheck = {
  id: "runtime-class",
  title: "Runtime class",
  what: "An allowed runtime class, and no overhead without one.",
  why: "A class chooses the runtime, its isolation and its nodes; overhead is a resource that no limit counts.",
  source: "Kubernetes documentation: Runtime Class, Pod Overhead",
  mode: "deny",
  scope: "pod",
  limit: ({ scheduling: { runtimeClasses } }) => runtimeClasses.join(", ") || "none",
  find(report, { spec }, limits) {
    const { runtimeClasses } = limits.scheduling;
    const name = member(spec.value, "runtimeClassName");
    const hasClass = name !== undefined && name !== "";
    if (hasClass && !runtimeClasses.some((allowed) => allowed === name)) {
      report({
        path: spec.at("runtimeClassName"),
        value: name,
        allowed: runtimeClasses.join(", ") || "nothing",
      });
    }
    const overhead = member(spec.value, "overhead");
    if (hasClass || overhead === undefined || jsonEqual(overhead, {})) return;
    report({ path: spec.at("overhead"), value: overhead, allowed: "nothing" });
  },
};
