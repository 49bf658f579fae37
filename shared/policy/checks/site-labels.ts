import { siteLabel, siteLabelValue, siteNameLabel } from "../../site/site-labels.ts";
import type { PodCheck, Report } from "../check.ts";
import { member, memberAt } from "../json.ts";
import { metadataParts } from "../metadata-parts.ts";
import type { Located } from "../located.ts";

export const siteLabels: PodCheck = {
  id: "site-labels",
  title: "Site labels",
  what: "A site's Deployment and its pods carry subscribie=site and site-name=<the Deployment's name>; nothing but a site's Deployment carries them.",
  why: "Rollouts, Services and reports select by these labels: a wrong one is another site's traffic, or a site that no upgrade reaches.",
  source: "the product's own contract; CVE-2025-55205 (label injection)",
  mode: "deny",
  scope: "pod",
  limit: () => "subscribie=site, site-name=<name>",
  find(report, pod, _limits, subject) {
    for (const part of metadataParts(subject, pod)) {
      if (subject.kind === "site") findInSite(report, part, subject.siteName);
      else findInOther(report, part);
    }
  },
};

function findInSite(report: Report, part: Located, name: string | undefined): void {
  const marker = memberAt(part.value, "labels", siteLabel);
  if (marker !== siteLabelValue)
    report({ path: part.at("labels", siteLabel), value: marker, allowed: `"${siteLabelValue}"` });
  const label = memberAt(part.value, "labels", siteNameLabel);
  if (name !== undefined && label === name) return;
  report({ path: part.at("labels", siteNameLabel), value: label, allowed: "the Deployment's name" });
}

function findInOther(report: Report, part: Located): void {
  for (const label of [siteLabel, siteNameLabel]) {
    const value = member(member(part.value, "labels"), label);
    if (value === undefined) continue;
    report({ path: part.at("labels", label), value, allowed: "nothing: only a Deployment is a site" });
  }
}
