import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import { causeText } from "../rollout/notice-lines.ts";
import { areaChart } from "./area-chart.ts";
import { html, type Html, type HtmlValue } from "./html.ts";
import { figures, renderPage, scrolling, section, table } from "./page.ts";
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

/** What a rollout was, in words, and its id. */
export function titleOf({ kind, target, id, rollbackOf }: RolloutRecord): string {
  if (kind === "restart") return `Restart ${id}`;
  if (kind === "upgrade") return `Upgrade to ${target} (${id})`;
  return `Rollback ${rollbackOf === undefined ? "to" : "of"} ${target} (${id})`;
}

function summary(record: RolloutRecord, { endMs, timeToReady, unchanged }: RolloutTimeline): Html {
  const { counts, phase, cause } = record;
  const values: [string, HtmlValue][] = [
    ["Phase", phase],
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
  const because =
    cause === undefined || phase === "Complete" ? "" : html`<p>${phase}: ${causeText(cause)}.</p>`;
  return html`${because}${figures(values)}`;
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
    { numeric: [1] },
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
        [...new Set([...ticks, endMs])].map((time) => {
          const [ready, bad] = [by(updated, time), by(failed, time)];
          return [showTime(time), ready, bad, by(started, time) - ready - bad];
        }),
        { numeric: [1, 2, 3] },
      )}
    </details>`;
}

function by(ends: readonly number[], time: number): number {
  return ends.filter((end) => end <= time).length;
}

const mostTicks = 6;

/** The sites as a table whose last column is the chart: what it shows is said in the columns before. */
function gantt({ rows, endMs }: RolloutTimeline): Html {
  const shown = rows.slice(0, mostRows);
  const more = rows.length - shown.length;
  const ticks = timeTicks(endMs, mostTicks);
  const content = html`<table class="gantt">
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
        <th scope="col" class="bar">
          <span class="unseen">From 0 to ${showTime(endMs)}</span>
          <svg aria-hidden="true">${ticks.map((time) => tickLabel(time, endMs))}</svg>
        </th>
      </tr>
    </thead>
    <tbody>
      ${shown.map((row) => ganttRow(row, endMs))}
    </tbody>
  </table>`;
  return html`${gridOfRows(ticks, endMs)}${scrolling("Timeline of the sites", content)}`;
}

/** The lines of the axis, drawn once and shown in each row. */
function gridOfRows(ticks: readonly number[], endMs: number): Html {
  const lines = ticks.map((time) => {
    const x = at(time, endMs);
    return html`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="10"></line>`;
  });
  return html`<svg class="unseen" aria-hidden="true">
    <defs><g id="g">${lines}</g></defs>
  </svg>`;
}

/** In percent of the column: in the stretched coordinates of the bars, letters would be stretched too. */
function tickLabel(time: number, endMs: number): Html {
  const percent = at(time, endMs) / 10;
  const side = percent < 5 ? "start" : percent > 95 ? "end" : "";
  return html`<text class="tick ${side}" x="${percent}%" y="80%">${showTime(time)}</text>`;
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
    <use href="#g"></use>
    <rect class="${outcome}" x="${Math.min(from, 998)}" width="${width}" y="1" height="8"></rect>
  </svg>`;
}

function at(time: number, endMs: number): number {
  return Math.round((time / endMs) * 1_000);
}

/** An RFC 3339 time as people read it, or as it is where it is none. */
export function showInstant(time: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(time) ? time.slice(0, 19).replace("T", " ") : time;
}
