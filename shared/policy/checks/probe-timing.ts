import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

export const probeTiming: PodCheck = {
  id: "probe-timing",
  title: "Pace of probes",
  what: "Probes are neither a flood nor endless.",
  why: "A thousand sites probed each second are load on every kubelet; a probe that waits minutes hides a dead site.",
  source: "Kubernetes documentation: Configure Probes",
  mode: "deny",
  scope: "pod",
  limit: ({ probes: { minimumPeriodSeconds, maximumTimeoutSeconds } }) =>
    `period at least ${minimumPeriodSeconds} s, timeout at most ${maximumTimeoutSeconds} s`,
  find(report, pod, limits) {
    const { minimumPeriodSeconds, maximumTimeoutSeconds } = limits.probes;
    for (const probe of pod.probes) {
      const period = member(probe.value, "periodSeconds");
      // 0 is the API's word for its default, 10.
      if (typeof period === "number" && period !== 0 && period < minimumPeriodSeconds) {
        report({
          path: probe.at("periodSeconds"),
          value: period,
          allowed: `at least ${minimumPeriodSeconds}`,
        });
      }
      const timeout = member(probe.value, "timeoutSeconds");
      if (typeof timeout === "number" && timeout > maximumTimeoutSeconds) {
        report({
          path: probe.at("timeoutSeconds"),
          value: timeout,
          allowed: `at most ${maximumTimeoutSeconds}`,
        });
      }
    }
  },
};
