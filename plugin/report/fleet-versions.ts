import { siteKey } from "../../shared/rollout/observed-site.ts";
import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import type { RecordedSite } from "../../shared/rollout/site-times.ts";
import { versionOf } from "../../shared/rollout/target.ts";

/** A rollout as it was recorded, with its sites. */
export interface RecordedRollout {
  readonly record: RolloutRecord;
  readonly sites: readonly RecordedSite[];
}

/** How many of the sites that rollouts know ran which version, at one time. */
export interface VersionsAt {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly versions: ReadonlyMap<string, number>;
}

/**
 * The fleet's versions over time, as the records tell it: a point before and after each rollout, oldest first. A site
 * counts from the first rollout that knows it; changes that no rollout made are seen by the next one only.
 */
export function versionsOverTime(rollouts: readonly RecordedRollout[]): readonly VersionsAt[] {
  const oldestFirst = rollouts.toSorted((a, b) => startOf(a.record) - startOf(b.record));
  const current = new Map<string, string>();
  const points: VersionsAt[] = [];
  for (const { record, sites } of oldestFirst) {
    for (const site of sites) current.set(siteKey(site), versionOf(site.from));
    points.push({ time: startOf(record), versions: countVersions(current) });
    for (const site of sites) {
      // A failed site was changed too, and runs the new version as far as it runs.
      const wasChanged = site.outcome === "updated" || site.startedMs !== undefined;
      if (wasChanged) current.set(siteKey(site), versionOf(site.to));
    }
    points.push({ time: endOf(record), versions: countVersions(current) });
  }
  return points;
}

export function countVersions(versions: ReadonlyMap<string, string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const version of versions.values()) counts.set(version, (counts.get(version) ?? 0) + 1);
  return counts;
}

/** A record of ours has times; one that was tampered with sorts first. */
function startOf(record: RolloutRecord): number {
  return Date.parse(record.startedAt) || 0;
}

function endOf(record: RolloutRecord): number {
  return Math.max(startOf(record), Date.parse(record.finishedAt ?? record.updatedAt) || 0);
}
