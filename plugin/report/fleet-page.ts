import { areaChart, type Band } from "./area-chart.ts";
import { versionsOverTime, type RecordedRollout, type VersionsAt } from "./fleet-versions.ts";
import { html, type Html } from "./html.ts";
import { figures, renderPage, section, table } from "./page.ts";
import { failures, showInstant, titleOf } from "./rollout-page.ts";
import { rolloutTimeline } from "./rollout-timeline.ts";
import { showTime } from "./time-axis.ts";

/** Bands of the chart, whose colours can be told apart; the rarest versions share the last one. */
const mostBands = 8;

export interface FleetReport {
  /** What the sites are of, as a title: `namespace shops`. */
  readonly of: string;
  /** Version of each site as it is now, by `namespace/name`, counted. */
  readonly versions: ReadonlyMap<string, number>;
  /** Newest first. */
  readonly rollouts: readonly RecordedRollout[];
}

/** The page of a fleet: its versions now and over time, its rollouts and their failures. @param generated RFC 3339 */
export function renderFleetPage({ of, versions, rollouts }: FleetReport, generated: string): string {
  const sites = [...versions.values()].reduce((sum, count) => sum + count, 0);
  return renderPage(`Sites of ${of}`, generated, [
    figures([
      ["Sites", sites],
      ["Versions", versions.size],
      ["Rollouts on record", rollouts.length],
    ]),
    section("now", "Versions now", versionsNow(versions, sites)),
    section(
      "versions",
      "Versions over time",
      overTime([...versionsOverTime(rollouts), { time: Date.parse(generated), versions }]),
    ),
    section("rollouts", "Rollouts", rolloutTable(rollouts)),
    section("failures", "Failures", recentFailures(rollouts)),
  ]);
}

function versionsNow(versions: ReadonlyMap<string, number>, sites: number): Html {
  const rows = [...versions].toSorted((a, b) => b[1] - a[1]);
  return table(
    "Sites by version",
    ["Version", "Sites", "Share"],
    rows.map(([version, count]) => [version, count, `${Math.round((count / Math.max(1, sites)) * 100)}%`]),
    { numeric: [1, 2] },
  );
}

function overTime(points: readonly VersionsAt[]): Html {
  if (points.length < 2) return html`<p>No rollout is on record.</p>`;
  const bands = bandsOf(points);
  const times = points.map(({ time }) => time);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  return html`${areaChart({
      label: `How many sites ran which version from ${instant(first)} to ${instant(last)}`,
      times,
      // The ends only: a label in the middle would say little of days that nothing happened in.
      ticks: [
        { time: first + (last - first) * 0.08, label: instant(first) },
        { time: last - (last - first) * 0.07, label: instant(last) },
      ],
      bands,
    })}
    <details>
      <summary>The same as a table</summary>
      ${table(
        "Sites by version at the start and the end of each rollout",
        ["Time", ...bands.map(({ name }) => name)],
        points.map(({ time }, index) => [instant(time), ...bands.map(({ values }) => values[index] ?? 0)]),
        { numeric: bands.map((_, index) => index + 1), unbroken: [0] },
      )}
    </details>`;
}

function bandsOf(points: readonly VersionsAt[]): readonly Band[] {
  const most = new Map<string, number>();
  for (const { versions } of points) {
    for (const [version, count] of versions) most.set(version, Math.max(most.get(version) ?? 0, count));
  }
  const names = [...most].toSorted((a, b) => b[1] - a[1]).map(([version]) => version);
  const own = names.length > mostBands ? names.slice(0, mostBands - 1) : names;
  const others = names.slice(own.length);
  const valuesOf = (versions: readonly string[]) =>
    points.map((point) => versions.reduce((sum, version) => sum + (point.versions.get(version) ?? 0), 0));
  const bands = own.map((name, index) => ({ name, colour: `band-${index}`, values: valuesOf([name]) }));
  return others.length === 0
    ? bands
    : [...bands, { name: "others", colour: `band-${mostBands - 1}`, values: valuesOf(others) }];
}

function rolloutTable(rollouts: readonly RecordedRollout[]): Html {
  if (rollouts.length === 0) return html`<p>No rollout is on record.</p>`;
  return table(
    "Rollouts, newest first; times are from a site's change until it was available",
    ["Rollout", "Kind", "To", "Phase", "Started", "By", "Took", "Updated", "Failed", "p50", "p90", "p99"],
    rollouts.map(({ record, sites }) => {
      const { endMs, timeToReady } = rolloutTimeline(record, sites);
      const { p50, p90, p99 } = timeToReady ?? {};
      return [
        record.id,
        record.kind,
        record.target,
        record.phase,
        // To the minute: the id has the second.
        showInstant(record.startedAt).slice(0, "2026-11-23 20:30".length),
        record.startedBy || "unknown",
        showTime(endMs),
        record.counts.updated,
        record.counts.failed,
        ...[p50, p90, p99].map((time) => (time === undefined ? "" : showTime(time))),
      ];
    }),
    { numeric: [6, 7, 8, 9, 10, 11], unbroken: [0, 4] },
  );
}

const mostFailedRollouts = 5;

function recentFailures(rollouts: readonly RecordedRollout[]): Html {
  const failed = rollouts.filter(({ record }) => record.counts.failed > 0).slice(0, mostFailedRollouts);
  if (failed.length === 0) return failures([]);
  return html`${failed.map(
    ({ record, sites }) =>
      html`<h3>${titleOf(record)}</h3>
        ${failures(rolloutTimeline(record, sites).failures)}`,
  )}`;
}

function instant(time: number): string {
  return showInstant(new Date(time).toISOString());
}
