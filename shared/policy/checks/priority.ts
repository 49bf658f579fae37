import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

export const priority: PodCheck = {
  id: "priority",
  title: "Priority",
  what: "No priority class but the allowed ones, and no bare priority other than 0.",
  why: "A pod of higher priority evicts everybody else's.",
  source: "Kubernetes documentation: Pod Priority and Preemption",
  mode: "deny",
  scope: "pod",
  limit: ({ scheduling: { priorityClasses } }) => priorityClasses.join(", ") || "none",
  find(report, { spec }, limits) {
    const { priorityClasses } = limits.scheduling;
    const name = member(spec.value, "priorityClassName");
    const hasClass = name !== undefined && name !== "";
    if (hasClass && !priorityClasses.some((allowed) => allowed === name)) {
      report({
        path: spec.at("priorityClassName"),
        value: name,
        allowed: priorityClasses.join(", ") || "nothing",
      });
    }
    // The API resolves a class to its number: with a class, the class is what counts.
    const value = member(spec.value, "priority");
    if (hasClass || value === undefined || value === 0) return;
    report({ path: spec.at("priority"), value, allowed: "0" });
  },
};
