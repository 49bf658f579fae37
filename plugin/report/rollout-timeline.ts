import { siteKey } from "../../shared/rollout/observed-site.ts";
import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import type { SiteOutcome } from "../../shared/rollout/rollout-state.ts";
import type { RecordedSite } from "../../shared/rollout/site-times.ts";
import { versionOf } from "../../shared/rollout/target.ts";
import { percentilesOf, type Percentiles } from "./percentiles.ts";

/** What a report shows of a rollout. Times are milliseconds since it began. */
export interface RolloutTimeline {
  readonly endMs: number;
  /** In the order in which they were changed; sites that were not changed come last. */
  readonly rows: readonly TimelineRow[];
  /** Sites that needed nothing: they have no row. */
  readonly unchanged: number;
  /** From a site's change until it was available. */
  readonly timeToReady: Percentiles | undefined;
  readonly failures: readonly FailureGroup[];
}

export interface TimelineRow {
  readonly site: string;
  readonly outcome: SiteOutcome;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly startedMs: number | undefined;
  /** Undefined for a site that was not seen to its end. */
  readonly finishedMs: number | undefined;
}

export interface FailureGroup {
  readonly reason: string;
  readonly sites: readonly string[];
}

/** What the record says of a rollout, in the shape of its timeline. */
export function rolloutTimeline(record: RolloutRecord, sites: readonly RecordedSite[]): RolloutTimeline {
  const rows = sites
    .filter(({ outcome }) => outcome !== "unchanged")
    .map((site): TimelineRow => {
      const { outcome, reason, startedMs, finishedMs } = site;
      const [from, to] = [versionOf(site.from), versionOf(site.to)];
      return { site: siteKey(site), outcome, from, to, reason, startedMs, finishedMs };
    })
    .toSorted(
      (a, b) =>
        (a.startedMs ?? Number.MAX_SAFE_INTEGER) - (b.startedMs ?? Number.MAX_SAFE_INTEGER) ||
        (a.site < b.site ? -1 : 1),
    );
  const took = rows.flatMap(({ outcome, startedMs, finishedMs }) =>
    outcome === "updated" && startedMs !== undefined && finishedMs !== undefined
      ? [finishedMs - startedMs]
      : [],
  );
  return {
    endMs: endOf(record, rows),
    rows,
    unchanged: sites.length - rows.length,
    timeToReady: percentilesOf(took),
    failures: failureGroups(rows),
  };
}

/** Failed sites by their reason, most sites first. */
function failureGroups(rows: readonly TimelineRow[]): FailureGroup[] {
  const failed = rows.filter(({ outcome }) => outcome === "failed" || outcome === "conflict");
  return [...Map.groupBy(failed, ({ reason }) => reason)]
    .map(([reason, group]) => ({ reason, sites: group.map(({ site }) => site) }))
    .toSorted((a, b) => b.sites.length - a.sites.length);
}

/** The record's own duration, or the last site's end where it was not written since. */
function endOf(record: RolloutRecord, rows: readonly TimelineRow[]): number {
  const duration = Date.parse(record.finishedAt ?? record.updatedAt) - Date.parse(record.startedAt);
  return rows.reduce(
    (end, { startedMs, finishedMs }) => Math.max(end, finishedMs ?? startedMs ?? 0),
    Number.isNaN(duration) ? 1 : Math.max(1, duration),
  );
}
