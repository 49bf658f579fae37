import { siteLabel, siteLabelValue, siteNameLabel } from "../../site/site-labels.ts";
import type { Finding, PodCheck } from "../check.ts";
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
  *find(pod, _limits, subject) {
    for (const part of metadataParts(subject, pod)) {
      if (subject.kind === "site") yield* findInSite(part, subject.siteName);
      else yield* findInOther(part);
    }
  },
};

function* findInSite(part: Located, name: string | undefined): Generator<Finding> {
  const path = [...part.path, "labels"];
  const marker = memberAt(part.value, "labels", siteLabel);
  if (marker !== siteLabelValue)
    yield { path: [...path, siteLabel], value: marker, allowed: `"${siteLabelValue}"` };
  const label = memberAt(part.value, "labels", siteNameLabel);
  if (name !== undefined && label === name) return;
  yield { path: [...path, siteNameLabel], value: label, allowed: "the Deployment's name" };
}

function* findInOther(part: Located): Generator<Finding> {
  for (const label of [siteLabel, siteNameLabel]) {
    const value = member(member(part.value, "labels"), label);
    if (value === undefined) continue;
    yield { path: [...part.path, "labels", label], value, allowed: "nothing: only a Deployment is a site" };
  }
}
