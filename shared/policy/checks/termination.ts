import type { PodCheck } from "../check.ts";
import { member, memberAt } from "../json.ts";
import { describeRange, isWithinRange } from "../range.ts";

export const termination: PodCheck = {
  id: "termination",
  title: "Termination grace",
  what: "A pod has time to finish its answers, and not so much that it blocks a node; it is asked to stop before it is killed, and a site has no deadline.",
  why: "At 0 seconds, or by SIGKILL, every restart cuts customers off; after an hour a node still cannot be drained.",
  source: "Kubernetes documentation: Pod Lifecycle (termination)",
  mode: "deny",
  scope: "pod",
  limit: (limits) => `${describeRange(limits.terminationGracePeriodSeconds)} s`,
  find(report, { spec, containers }, limits, subject) {
    const range = limits.terminationGracePeriodSeconds;
    const value = member(spec.value, "terminationGracePeriodSeconds");
    if (value !== undefined && !isWithinRange(value, range))
      report({ path: spec.at("terminationGracePeriodSeconds"), value, allowed: describeRange(range) });
    const deadline = member(spec.value, "activeDeadlineSeconds");
    if (deadline !== undefined && subject.kind === "site")
      report({ path: spec.at("activeDeadlineSeconds"), value: deadline, allowed: "nothing" });
    for (const container of containers) {
      const signal = memberAt(container.value, "lifecycle", "stopSignal");
      if (signal === "SIGKILL")
        report({ path: container.at("lifecycle", "stopSignal"), value: signal, allowed: "any but SIGKILL" });
    }
  },
};
