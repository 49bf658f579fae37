import type { RolloutNotice, StopCause } from "../../shared/rollout/rollout-state.ts";
import { formatDuration } from "../../shared/text/duration.ts";
import { printable } from "../../shared/text/printable.ts";
import type { Style } from "../terminal/style.ts";

/** What happened, in one line. */
export function noticeLine(notice: RolloutNotice, style: Style, now: number): string {
  switch (notice.kind) {
    case "waveStarted":
      return `canary wave ${notice.wave} of ${notice.waves}: ${sites(notice.size)}`;
    case "soakStarted":
      return `canary wave ${notice.wave} is healthy; soaking for ${formatDuration(roundToSeconds(notice.until - now))}`;
    case "windowOpened":
      return `${sites(notice.sites)} to go, at most ${notice.inFlight} at a time`;
    case "siteUpdated":
      return `${style("green", "updated")}  ${notice.site} after ${seconds(notice.afterMs)}`;
    case "siteRecovered":
      return `${style("green", "recovered")}  ${notice.site} became healthy after all`;
    case "siteFailed":
      return `${style("red", "failed")}   ${notice.site}: ${printable(notice.reason, 300)}`;
    case "siteConflict":
      return `${style("yellow", "conflict")} ${notice.site}: ${printable(notice.reason, 300)}`;
    case "siteSkipped":
      return `${style("yellow", "skipped")}  ${notice.site}: ${printable(notice.reason, 300)}`;
    case "stopping":
      return `${style("yellow", "stopping")}: ${causeText(notice.cause)}; ${notice.unfinished === 0 ? "nothing is unfinished" : `${sites(notice.unfinished)} unfinished`}`;
  }
}

/** Why a rollout stopped, or what became of it since, in words. */
export function causeText(cause: StopCause | "superseded"): string {
  switch (cause) {
    case "failures":
      return "more sites failed than are tolerated";
    case "forbidden":
      return "the API server does not let you change Deployments";
    case "timeout":
      return "the rollout took longer than --timeout";
    case "unreachable":
      return "the API server did not answer for too long";
    case "pause":
      return "a pause was asked for";
    case "abort":
      return "an abort was asked for, or another rollout took over";
    case "interrupt":
      return "interrupted";
    case "lease-lost":
      return "another operator took the Lease over";
    case "superseded":
      return "a newer rollout took its place";
  }
}

export function sites(count: number): string {
  return count === 1 ? "1 site" : `${count} sites`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)}s`;
}

/** A soak that began some milliseconds ago is still shown as what it was set to. */
function roundToSeconds(milliseconds: number): number {
  return Math.round(milliseconds / 1_000) * 1_000;
}
