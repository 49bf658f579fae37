import type { PodCheck, Report } from "../check.ts";
import { isObject, jsonEqual, member, stringMember } from "../json.ts";
import type { Limits } from "../limits.ts";
import { siteNameLabel } from "../../site/site-labels.ts";
import { locatedList, locatedMember } from "../located.ts";
import type { Located } from "../located.ts";

export const affinity: PodCheck = {
  id: "affinity",
  title: "Affinity",
  what: "A pod is placed by its own site's pods only, over allowed topologies; by node labels only where the limits allow it.",
  why: "A site could follow another onto its node, keep others away from one, or choose nodes that are not for sites.",
  source: "Kubernetes documentation: Assigning Pods to Nodes",
  mode: "deny",
  scope: "pod",
  limit: ({ scheduling: { nodeAffinity, topologyKeys } }) =>
    `own pods over ${topologyKeys.join(", ")}${nodeAffinity ? "; node affinity" : ""}`,
  find(report, { spec }, limits, { siteName }) {
    if (member(spec.value, "affinity") === undefined) return;
    const parts = locatedMember(spec, "affinity");
    const ofNodes = member(parts.value, "nodeAffinity");
    if (ofNodes !== undefined && !jsonEqual(ofNodes, {}) && !limits.scheduling.nodeAffinity) {
      report({ path: parts.at("nodeAffinity"), value: ofNodes, allowed: "nothing" });
    }
    for (const field of ["podAffinity", "podAntiAffinity"] as const) {
      for (const term of terms(locatedMember(parts, field))) findInTerm(report, term, siteName, limits);
    }
  },
};

function terms(rules: Located): readonly Located[] {
  return [
    ...locatedList(rules, "requiredDuringSchedulingIgnoredDuringExecution"),
    ...locatedList(rules, "preferredDuringSchedulingIgnoredDuringExecution").map((weighted) =>
      locatedMember(weighted, "podAffinityTerm"),
    ),
  ];
}

function findInTerm(report: Report, term: Located, siteName: string | undefined, limits: Limits): void {
  const selector = member(term.value, "labelSelector");
  const selected = stringMember(member(selector, "matchLabels"), siteNameLabel);
  if (siteName === undefined || selected !== siteName) {
    report({
      path: term.at("labelSelector"),
      value: selector,
      allowed: siteName === undefined ? "nothing" : `matchLabels with ${siteNameLabel}: ${siteName}`,
    });
  }
  const { topologyKeys } = limits.scheduling;
  const topologyKey = member(term.value, "topologyKey");
  if (!topologyKeys.some((key) => key === topologyKey)) {
    report({ path: term.at("topologyKey"), value: topologyKey, allowed: topologyKeys.join(", ") });
  }
  const namespaces = member(term.value, "namespaces");
  if (Array.isArray(namespaces) && namespaces.length > 0) {
    report({ path: term.at("namespaces"), value: namespaces, allowed: "the site's own namespace" });
  }
  const namespaceSelector = member(term.value, "namespaceSelector");
  if (isObject(namespaceSelector)) {
    report({ path: term.at("namespaceSelector"), value: namespaceSelector, allowed: "nothing" });
  }
}
