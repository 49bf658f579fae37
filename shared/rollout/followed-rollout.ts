import { deploymentStatus } from "./deployment-status.ts";
import { siteKey, type ObservedSite } from "./observed-site.ts";
import { carriesRollout } from "./rollout-annotations.ts";
import { recordedResult, type RolloutRecord } from "./rollout-record.ts";
import type { RolloutResult, SiteResult } from "./rollout-result.ts";

/**
 * How far a rollout is, as somebody sees it who does not drive it: the record's results, brought up to date by what
 * the sites themselves carry. A record is written now and then only; the sites are always true.
 *
 * @param recorded undefined where the results are damaged: then the counts are the record's, and no site is known
 * @param observe the site of this key as it is now; undefined when it is not known
 */
export function followedResult(
  record: RolloutRecord,
  recorded: readonly SiteResult[] | undefined,
  observe: (key: string) => ObservedSite | undefined,
): RolloutResult {
  if (recorded === undefined) return recordedResult(record, []);
  const sites = recorded.map((site) => bringUpToDate(record, site, observe(siteKey(site))));
  const count = (...outcomes: readonly SiteResult["outcome"][]) =>
    sites.filter((site) => outcomes.includes(site.outcome)).length;
  return {
    id: record.id,
    kind: record.kind,
    phase: record.phase,
    target: record.target,
    counts: {
      total: sites.length,
      updated: count("updated"),
      unchanged: count("unchanged"),
      failed: count("failed", "conflict"),
      skipped: count("skipped"),
      pending: count("pending"),
    },
    sites,
  };
}

function bringUpToDate(
  record: RolloutRecord,
  site: SiteResult,
  observed: ObservedSite | undefined,
): SiteResult {
  if (site.outcome !== "pending" || observed === undefined) return site;
  if (!carriesRollout(observed.annotations, record)) return site;
  const status = deploymentStatus(observed);
  if (status.kind === "done") return { ...site, outcome: "updated", reason: "" };
  return { ...site, reason: `changed, and not available yet: ${status.message}` };
}
