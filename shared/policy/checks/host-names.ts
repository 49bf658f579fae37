import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";

const fields = ["hostname", "subdomain", "hostnameOverride", "setHostnameAsFQDN"] as const;

export const hostNames: PodCheck = {
  id: "host-names",
  title: "Host names",
  what: "The pod's host name is its own: no hostname, subdomain, override or FQDN.",
  why: "A host name and subdomain become a DNS record beside other sites' records.",
  source: "Kubernetes documentation: DNS for Services and Pods",
  mode: "deny",
  scope: "pod",
  limit: () => "none",
  find(report, { spec }) {
    for (const field of fields) {
      const value = member(spec.value, field);
      if (value === undefined || value === "" || value === false) continue;
      report({ path: spec.at(field), value, allowed: "nothing" });
    }
  },
};
