import type { PodCheck } from "../check.ts";
import { jsonEqual, member } from "../json.ts";

/** What makes a pod wait for, or be disturbed by, somebody outside the cluster's own controllers. */
const fields = ["schedulingGates", "schedulingGroup", "readinessGates", "evictionResponders"] as const;

export const schedulingGates: PodCheck = {
  id: "scheduling-gates",
  title: "Gates and groups",
  what: "No scheduling gates, scheduling group, readiness gates or eviction responders.",
  why: "A pod that waits for a condition that nobody sets never gets ready, and a node cannot be drained of one whose eviction somebody must agree to.",
  source: "Kubernetes documentation: Pod Scheduling Readiness, Pod Lifecycle (readiness gates)",
  mode: "deny",
  scope: "pod",
  limit: () => "none",
  find(report, { spec }) {
    for (const field of fields) {
      const value = member(spec.value, field);
      if (value === undefined || jsonEqual(value, []) || jsonEqual(value, {})) continue;
      report({ path: spec.at(field), value, allowed: "nothing" });
    }
  },
};
