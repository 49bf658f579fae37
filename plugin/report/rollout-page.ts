import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import { areaChart } from "./area-chart.ts";
import { html, type Html, type HtmlValue } from "./html.ts";
import { figures, renderPage, section, table } from "./page.ts";
import type { FailureGroup, RolloutTimeline, TimelineRow } from "./rollout-timeline.ts";
import { showTime, timeTicks } from "./time-axis.ts";

/** Rows of the timeline; a larger fleet's page would be slow to scroll and no more telling. */
const mostRows = 2_000;
const mostGroups = 50;
const mostSitesOfGroup = 12;

/** The page of one rollout. @param generated RFC 3339 */
export function renderRolloutPage(
  record: RolloutRecord,
  timeline: RolloutTimeline,
  generated: string,
): string {
  return renderPage(titleOf(record), generated, [
    summary(record, timeline),
    section("failures", "Failures", failures(timeline.failures)),
    section("progress", "Progress", progress(timeline)),
    section("timeline", "Sites", gantt(timeline)),
  ]);
}

function titleOf({ kind, target, id }: RolloutRecord): string {
  return kind === "restart"
    ? `Restart ${id}`
    : `${kind === "upgrade" ? "Upgrade to" : "Rollback of"} ${target} (${id})`;
}

function summary(record: RolloutRecord, { endMs, timeToReady, unchanged }: RolloutTimeline): Html {
  const { counts, phase } = record;
  const values: [string, HtmlValue][] = [
    ["Phase", record.cause === undefined || phase === "Complete" ? phase : `${phase}: ${record.cause}`],
    ["Started", html`<time datetime="${record.startedAt}">${showInstant(record.startedAt)}</time>`],
    ["By", record.startedBy || "unknown"],
    ["Took", showTime(endMs)],
    ["Sites updated", counts.updated],
    ["Failed", counts.failed],
    ...(counts.pending > 0 ? [["Pending", counts.pending] as [string, HtmlValue]] : []),
    ...(counts.skipped > 0 ? [["Skipped", counts.skipped] as [string, HtmlValue]] : []),
    ...(unchanged > 0 ? [["Unchanged", unchanged] as [string, HtmlValue]] : []),
  ];
  if (timeToReady !== undefined) {
    const { p50, p90, p99, max } = timeToReady;
    values.push(
      ["Time to ready, p50", showTime(p50)],
      ["p90", showTime(p90)],
      ["p99", showTime(p99)],
      ["longest", showTime(max)],
    );
  }
  return figures(values);
}

/** What failed, by reason; said too where nothing did. */
export function failures(groups: readonly FailureGroup[]): Html {
  if (groups.length === 0) return html`<p>No site failed.</p>`;
  return table(
    "Failed sites by reason",
    ["Reason", "Sites", "Which"],
    groups.slice(0, mostGroups).map(({ reason, sites }) => {
      const more = sites.length - mostSitesOfGroup;
      return [
        reason || "unknown",
        sites.length,
        sites.slice(0, mostSitesOfGroup).join(", ") + (more > 0 ? ` and ${more} more` : ""),
      ];
    }),
    [1],
  );
}

const mostPoints = 200;

function progress({ rows, endMs }: RolloutTimeline): Html {
  const times = Array.from({ length: mostPoints + 1 }, (_, index) => (endMs * index) / mostPoints);
  const endsOf = (isIt: (row: TimelineRow) => boolean) =>
    rows.flatMap((row) => (isIt(row) && row.finishedMs !== undefined ? [row.finishedMs] : []));
  const updated = endsOf((row) => row.outcome === "updated");
  const failed = endsOf((row) => row.outcome === "failed");
  const started = rows.flatMap(({ startedMs }) => startedMs ?? []);
  if (started.length === 0) return html`<p>No site was changed.</p>`;
  const through = times.map((time) => ({ updated: by(updated, time), failed: by(failed, time) }));
  const inFlight = times.map(
    (time, index) => by(started, time) - (through[index]?.updated ?? 0) - (through[index]?.failed ?? 0),
  );
  const ticks = timeTicks(endMs, 10);
  return html`${areaChart({
      label: `Over ${showTime(endMs)}, ${updated.length} sites became ready and ${failed.length} failed`,
      times,
      ticks: ticks.map((time) => ({ time, label: showTime(time) })),
      bands: [
        { name: "ready", colour: "updated", values: through.map((point) => point.updated) },
        { name: "failed", colour: "failed", values: through.map((point) => point.failed) },
        { name: "in flight", colour: "pending", values: inFlight },
      ],
    })}
    <details>
      <summary>The same as a table</summary>
      ${table(
        "Sites after so long",
        ["After", "Ready", "Failed", "In flight"],
        [...ticks, endMs].map((time) => {
          const [ready, bad] = [by(updated, time), by(failed, time)];
          return [showTime(time), ready, bad, by(started, time) - ready - bad];
        }),
        [1, 2, 3],
      )}
    </details>`;
}

function by(ends: readonly number[], time: number): number {
  return ends.filter((end) => end <= time).length;
}

/** The sites as a table whose last column is the chart: what it shows is said in the columns before. */
function gantt({ rows, endMs }: RolloutTimeline): Html {
  const shown = rows.slice(0, mostRows);
  const more = rows.length - shown.length;
  const ticks = timeTicks(endMs, 5);
  const axis = html`<svg viewBox="0 0 1000 24" preserveAspectRatio="none" aria-hidden="true">
      ${ticks.map(
        (time) =>
          html`<line class="grid" x1="${at(time, endMs)}" x2="${at(time, endMs)}" y1="0" y2="24"></line>`,
      )}</svg
    ><span
      >0 to ${showTime(endMs)}${ticks.length > 1 ? `, a line every ${showTime(ticks[1] ?? 0)}` : ""}</span
    >`;
  return html`<div class="scroll gantt" tabindex="0" role="region" aria-label="Timeline of the sites">
    <table>
      <caption>
        Each site in the order of its change${more > 0 ? `; ${more} more are not shown` : ""}
      </caption>
      <thead>
        <tr>
          <th scope="col">Site</th>
          <th scope="col">Outcome</th>
          <th scope="col">From</th>
          <th scope="col">To</th>
          <th scope="col" class="n">Start</th>
          <th scope="col" class="n">Took</th>
          <th scope="col" class="bar">${axis}</th>
        </tr>
      </thead>
      <tbody>
        ${shown.map((row) => ganttRow(row, endMs))}
      </tbody>
    </table>
  </div>`;
}

function ganttRow(row: TimelineRow, endMs: number): Html {
  const { site, outcome, from, to, startedMs, finishedMs } = row;
  const took = startedMs === undefined || finishedMs === undefined ? "" : showTime(finishedMs - startedMs);
  return html`<tr>
    <th scope="row">${site}</th>
    <td class="o ${outcome}">${outcome}</td>
    <td>${from}</td>
    <td>${to}</td>
    <td class="n">${startedMs === undefined ? "" : showTime(startedMs)}</td>
    <td class="n">${took}</td>
    <td class="bar">${bar(row, endMs)}</td>
  </tr> `;
}

function bar({ outcome, reason, startedMs, finishedMs }: TimelineRow, endMs: number): Html {
  if (startedMs === undefined) return html`${reason}`;
  const from = at(startedMs, endMs);
  const width = Math.max(2, at(finishedMs ?? endMs, endMs) - from);
  return html`<svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
    <rect class="${outcome}" x="${Math.min(from, 998)}" width="${width}" height="10"></rect>
  </svg>`;
}

function at(time: number, endMs: number): number {
  return Math.round((time / endMs) * 1_000);
}

/** An RFC 3339 time as people read it, or as it is where it is none. */
export function showInstant(time: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(time) ? time.slice(0, 19).replace("T", " ") : time;
}
