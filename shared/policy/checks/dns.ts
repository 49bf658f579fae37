import type { PodCheck } from "../check.ts";
import { jsonEqual, member } from "../json.ts";

export const dns: PodCheck = {
  id: "dns",
  title: "DNS",
  what: "The pod uses the cluster's DNS, without servers, search domains or options of its own.",
  why: "Whoever answers a site's names reads its traffic.",
  source: "NSA/CISA Kubernetes Hardening Guide (network)",
  mode: "deny",
  scope: "pod",
  limit: (limits) => limits.dnsPolicies.join(", "),
  find(report, { spec }, limits) {
    const policy = member(spec.value, "dnsPolicy");
    if (policy !== undefined && policy !== "" && !limits.dnsPolicies.some((name) => name === policy)) {
      report({ path: spec.at("dnsPolicy"), value: policy, allowed: limits.dnsPolicies.join(", ") });
    }
    const config = member(spec.value, "dnsConfig");
    if (config !== undefined && !jsonEqual(config, {})) {
      report({ path: spec.at("dnsConfig"), value: config, allowed: "nothing" });
    }
  },
};
