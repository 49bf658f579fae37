import type { SiteCheck } from "../check.ts";
import { memberAt } from "../json.ts";
import { maximumUnavailable } from "../rolling-update.ts";

export const strategy: SiteCheck = {
  id: "strategy",
  title: "Strategy",
  what: "Pods are replaced one after another, with no more of them missing than allowed.",
  why: "Recreate, or a rolling update that takes the only pod away first, is a site offline at each upgrade.",
  source: "Kubernetes documentation: Deployments (strategy)",
  mode: "deny",
  scope: "site",
  limit: (limits) => `RollingUpdate, at most ${limits.maxUnavailable} unavailable`,
  find(report, { object }, limits) {
    const type = memberAt(object, "spec", "strategy", "type");
    if (type !== undefined && type !== "RollingUpdate") {
      report({ path: ["spec", "strategy", "type"], value: type, allowed: "RollingUpdate" });
      return;
    }
    const rollingUpdate = memberAt(object, "spec", "strategy", "rollingUpdate");
    const unavailable = maximumUnavailable(rollingUpdate, memberAt(object, "spec", "replicas"));
    if (unavailable <= limits.maxUnavailable) return;
    const value = memberAt(rollingUpdate, "maxUnavailable");
    report({
      path: ["spec", "strategy", "rollingUpdate", "maxUnavailable"],
      value,
      ...(value === undefined ? { found: `nothing, which is ${unavailable} here` } : {}),
      allowed: `at most ${limits.maxUnavailable}`,
    });
  },
};
