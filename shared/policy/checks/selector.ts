import { siteLabel, siteNameLabel } from "../../site/site-labels.ts";
import type { SiteCheck } from "../check.ts";
import { listMember, mapEntries, member, memberAt } from "../json.ts";
import { located } from "../located.ts";

export const selector: SiteCheck = {
  id: "selector",
  title: "Selector",
  what: "A site's selector is labels of its own pods, matches no other site's by design, and has no expressions.",
  why: "A selector that matches other sites' pods fights over them with their own controllers, and can never be changed.",
  source: "Kubernetes documentation: Deployments (selector); kubernetes/kubernetes#24137",
  mode: "deny",
  scope: "site",
  limit: () => "matchLabels only, of the site's own pods, not subscribie alone",
  find(report, { object, siteName, pod }) {
    const selector = located(object, ["spec", "selector"]);
    const expressions = listMember(selector.value, "matchExpressions");
    if (expressions.length > 0) {
      report({ path: selector.at("matchExpressions"), value: expressions, allowed: "nothing" });
    }
    const labels = mapEntries(member(selector.value, "matchLabels"));
    if (labels.every(([key]) => key === siteLabel)) {
      report({
        path: selector.at("matchLabels"),
        value: member(selector.value, "matchLabels"),
        allowed: `a label that is the site's own, such as ${siteNameLabel}`,
      });
    }
    for (const [key, wanted] of labels) {
      const label = selector.at("matchLabels", key);
      if (key === siteNameLabel && wanted !== siteName) {
        report({ path: label, value: wanted, allowed: "the Deployment's name" });
      } else if (memberAt(pod?.metadata.value, "labels", key) !== wanted) {
        report({ path: label, value: wanted, allowed: "a label of the pod template" });
      }
    }
  },
};
