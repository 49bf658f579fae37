import stringWidth from "string-width";
import type { RolloutView } from "../../shared/rollout/rollout-view.ts";
import { formatDuration } from "../../shared/text/duration.ts";
import { printable } from "../../shared/text/printable.ts";
import type { Style } from "../terminal/style.ts";
import { causeText } from "./notice-lines.ts";

const widestBar = 40;
const narrowestBar = 8;
const mostFailures = 3;

/** A rollout in a few lines, for a live display or a look from outside. */
export function rolloutLines(view: RolloutView, style: Style, columns: number): string[] {
  return [
    headLine(view, style, columns),
    progressLine(view, style, columns),
    ...view.lastFailures
      .slice(0, mostFailures)
      .map(({ site, reason }) => `${style("red", "failed")}   ${site}: ${printable(reason, 300)}`),
  ];
}

/** What is done and at which stage it is; its id, which the result says too, as long as it fits. */
function headLine(view: RolloutView, style: Style, columns: number): string {
  const what = style("bold", `${view.kind} ${printable(view.target)}`);
  const line = `${what}  ${view.id}  ${stageText(view)}`;
  return stringWidth(line) < columns ? line : `${what}  ${stageText(view)}`;
}

/** The bar and its figures, as long as they fit. */
export function progressLine(view: RolloutView, style: Style, columns: number): string {
  const { settled, toChange, unfinished, rate, remainingMs, elapsedMs, counts } = view;
  const figures = [
    `${settled}/${toChange}`,
    ...(unfinished > 0 ? [`${unfinished} in flight`] : []),
    ...(counts.failed > 0 ? [style("red", `${counts.failed} failed`)] : []),
    ...(rate === undefined ? [] : [`${rate.toFixed(1)}/s`]),
    formatDuration(elapsedMs),
    ...(remainingMs === undefined || remainingMs <= 0 ? [] : [`about ${formatDuration(remainingMs)} left`]),
  ].join("  ");
  const width = Math.min(widestBar, columns - stringWidth(figures) - 4);
  return width < narrowestBar ? figures : `${bar(view, style, width)}  ${figures}`;
}

function bar(view: RolloutView, style: Style, width: number): string {
  const cells = (count: number) => (view.toChange === 0 ? 0 : Math.floor((count / view.toChange) * width));
  const failed = view.counts.failed === 0 ? 0 : Math.max(1, cells(view.counts.failed));
  const done = Math.max(0, cells(view.settled) - failed);
  const started = Math.max(0, cells(view.settled + view.unfinished) - done - failed);
  const rest = Math.max(0, width - done - failed - started);
  return (
    style("green", "█".repeat(done)) +
    style("red", "█".repeat(failed)) +
    style("yellow", "▒".repeat(started)) +
    style("gray", "░".repeat(rest))
  );
}

function stageText(view: RolloutView): string {
  if (view.phase !== "Progressing") return view.phase;
  if (view.stopping !== undefined) return `stopping: ${causeText(view.stopping)}`;
  switch (view.stage.kind) {
    case "canary":
      return `canary wave ${view.stage.wave} of ${view.stage.waves} (${view.stage.settled}/${view.stage.size})`;
    case "soak":
      return `canary wave ${view.stage.wave} soaks, ${formatDuration(view.stage.remainingMs)} to go`;
    case "window":
      return `at most ${view.inFlight} at a time`;
  }
}
