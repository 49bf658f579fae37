import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

export const scheduler: PodCheck = {
  id: "scheduler",
  title: "Scheduler",
  what: "An allowed scheduler places the pod.",
  why: "A scheduler that does not exist leaves the site pending; another may ignore the cluster's rules.",
  source: "Kubernetes documentation: Configure Multiple Schedulers",
  mode: "deny",
  scope: "pod",
  limit: (limits) => limits.scheduling.schedulers.join(", "),
  find(report, { spec }, limits) {
    const { schedulers } = limits.scheduling;
    const value = member(spec.value, "schedulerName");
    if (value === undefined || value === "" || schedulers.some((name) => name === value)) return;
    report({ path: spec.at("schedulerName"), value, allowed: schedulers.join(", ") });
  },
};
