import type { SiteCheck } from "../check.ts";
import { memberAt } from "../json.ts";
import { describeRange, isWithinRange } from "../range.ts";

const fields = ["progressDeadlineSeconds", "minReadySeconds", "revisionHistoryLimit"] as const;

export const rolloutBounds: SiteCheck = {
  id: "rollout-bounds",
  title: "Rollout settings",
  what: "Progress deadline, minimum ready time and revision history are within their bounds.",
  why: "Rollouts wait for these times at each site, and go back to the revisions that are kept.",
  source: "Kubernetes documentation: Deployments",
  mode: "deny",
  scope: "site",
  limit: (limits) => fields.map((field) => `${field} ${describeRange(limits[field])}`).join(", "),
  find(report, { object }, limits) {
    for (const field of fields) {
      const value = memberAt(object, "spec", field);
      if (value === undefined || isWithinRange(value, limits[field])) continue;
      report({ path: ["spec", field], value, allowed: describeRange(limits[field]) });
    }
  },
};
