import type { PodCheck } from "../check.ts";
import { member } from "../json.ts";
import { locatedList, locatedMember } from "../located.ts";

const identitySources = ["clusterTrustBundle", "podCertificate"] as const;

export const projectedSources: PodCheck = {
  id: "projected-sources",
  title: "Projected identities",
  what: "Projected volumes hold no cluster certificates, and no service account token unless the limits allow tokens.",
  why: "They are identities in the cluster; a shop has none.",
  source: "Kubernetes documentation: Projected Volumes",
  mode: "deny",
  scope: "pod",
  limit: (limits) => (limits.serviceAccounts.tokens ? "service account tokens" : "none"),
  find(report, { volumes }, limits) {
    for (const volume of volumes) {
      for (const source of locatedList(locatedMember(volume, "projected"), "sources")) {
        for (const field of identitySources) {
          const value = member(source.value, field);
          if (value !== undefined) report({ path: source.at(field), value, allowed: "nothing" });
        }
        const token = member(source.value, "serviceAccountToken");
        if (token === undefined || limits.serviceAccounts.tokens) continue;
        report({ path: source.at("serviceAccountToken"), value: token, allowed: "no service account token" });
      }
    }
  },
};
