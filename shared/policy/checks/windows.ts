import type { PodCheck } from "../check.ts";
import { jsonEqual, member, memberAt } from "../json.ts";

export const windows: PodCheck = {
  id: "windows",
  title: "Windows",
  what: "Pods are for Linux: no os.name windows, no Windows options.",
  why: "HostProcess containers own their node, and pods that call themselves Windows are exempt from several restricted controls.",
  source: "Pod Security Standards, baseline: host processes (stricter: this product runs on Linux only)",
  mode: "deny",
  scope: "pod",
  limit: () => "none",
  find(report, pod) {
    const os = memberAt(pod.spec.value, "os", "name");
    if (os !== undefined && os !== "linux") {
      report({ path: pod.spec.at("os", "name"), value: os, allowed: "linux" });
    }
    for (const context of pod.securityContexts) {
      const value = member(context.value, "windowsOptions");
      if (value === undefined || jsonEqual(value, {})) continue;
      report({ path: context.at("windowsOptions"), value, allowed: "nothing" });
    }
  },
};
