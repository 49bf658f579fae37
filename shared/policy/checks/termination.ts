import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";
import { describeRange, isWithinRange } from "../range.ts";

export const termination: PodCheck = {
  id: "termination",
  title: "Termination grace",
  what: "A pod has time to finish its answers, and not so much that it blocks a node.",
  why: "At 0 seconds every restart cuts customers off; after an hour a node still cannot be drained.",
  source: "Kubernetes documentation: Pod Lifecycle (termination)",
  mode: "deny",
  scope: "pod",
  limit: (limits) => `${describeRange(limits.terminationGracePeriodSeconds)} s`,
  find(report, { spec }, limits) {
    const range = limits.terminationGracePeriodSeconds;
    const value = member(spec.value, "terminationGracePeriodSeconds");
    if (value === undefined || isWithinRange(value, range)) return;
    report({ path: [...spec.path, "terminationGracePeriodSeconds"], value, allowed: describeRange(range) });
  },
};
