import type { RolloutResult, SiteResult } from "../../shared/rollout/rollout-result.ts";
import type { StopCause } from "../../shared/rollout/rollout-state.ts";
import { siteKey } from "../../shared/rollout/observed-site.ts";
import { parseRolloutId } from "../../shared/rollout/rollout-id.ts";
import { versionOf } from "../../shared/rollout/target.ts";
import { formatDuration } from "../../shared/text/duration.ts";
import { printable } from "../../shared/text/printable.ts";
import type { Io } from "../io.ts";
import { writeDocument } from "../terminal/document.ts";
import { renderTable } from "../terminal/table.ts";
import { causeText, sites } from "./notice-lines.ts";

export interface ResultOutput {
  readonly output: "json" | "yaml" | "name" | "wide" | undefined;
  readonly elapsedMs?: number | undefined;
  readonly cause?: StopCause | "superseded" | undefined;
  /** Flags that a follow-up command needs too: ` -n shops`. */
  readonly followUpFlags: string;
}

const mostProblems = 20;

/** Writes what became of a rollout to stdout, for a person or for a program. */
export async function printResult(result: RolloutResult, io: Io, options: ResultOutput): Promise<void> {
  const { output } = options;
  if (output === "json" || output === "yaml") return writeDocument(io.stdout, output, result);
  if (output === "name") {
    const updated = result.sites.filter((site) => site.outcome === "updated");
    io.stdout.write(updated.map((site) => `deployment.apps/${printable(site.name)}\n`).join(""));
    return undefined;
  }
  io.stdout.write(summary(result, options));
  if (output === "wide") io.stdout.write(await siteTable(result.sites));
  else io.stdout.write(problems(result.sites));
  io.stdout.write(nextSteps(result, options));
  return undefined;
}

function summary(
  { id, kind, target, phase, counts }: RolloutResult,
  { elapsedMs, cause }: ResultOutput,
): string {
  const took = elapsedMs === undefined ? "" : ` after ${formatDuration(elapsedMs)}`;
  const why = cause === undefined || phase === "Complete" ? "" : `: ${causeText(cause)}`;
  const figures = (["updated", "unchanged", "failed", "skipped", "pending"] as const)
    .filter((outcome) => outcome === "updated" || counts[outcome] > 0)
    .map((outcome) => `${counts[outcome]} ${outcome}`)
    .join(", ");
  return `${kind} ${printable(id)} ${targetText(kind, target)}: ${phase}${took}${why}\n${sites(counts.total)}: ${figures}\n`;
}

/** `to v0.11`, `of u-…`; nothing for a restart, whose target is itself. */
export function targetText(kind: RolloutResult["kind"], target: string): string {
  if (kind === "restart") return "of pods";
  const isOfRollout = kind === "rollback" && parseRolloutId(target) !== undefined;
  return `${isOfRollout ? "of" : "to"} ${printable(target)}`;
}

/** Sites that a person should look at; failed ones first, then skipped ones. */
function problems(results: readonly SiteResult[]): string {
  const worth = (["failed", "conflict", "skipped"] as const).flatMap((outcome) =>
    results.filter((site) => site.outcome === outcome),
  );
  const lines = worth
    .slice(0, mostProblems)
    .map(
      (site) => `  ${site.outcome.padEnd(8)} ${printable(siteKey(site))}: ${printable(site.reason, 300)}\n`,
    );
  const more = worth.length - lines.length;
  return lines.join("") + (more > 0 ? `  and ${more} more; -o wide shows all\n` : "");
}

async function siteTable(results: readonly SiteResult[]): Promise<string> {
  return await renderTable(
    ["NAMESPACE", "NAME", "OUTCOME", "FROM", "TO", "REASON"],
    results.map((site) => [
      site.namespace,
      site.name,
      site.outcome,
      versionOf(site.from),
      versionOf(site.to),
      site.reason || "<none>",
    ]),
  );
}

function nextSteps(result: RolloutResult, { followUpFlags, cause }: ResultOutput): string {
  if (result.phase !== "Paused") return "";
  // It is not paused for whoever drives it now.
  if (cause === "lease-lost") {
    return `See what became of it: kubectl subscribie status ${printable(result.id)}${followUpFlags}\n`;
  }
  const back =
    result.kind === "rollback"
      ? ""
      : `, or take it back: kubectl subscribie rollback --rollout ${printable(result.id)}${followUpFlags}`;
  return `Go on: kubectl subscribie resume ${printable(result.id)}${followUpFlags}${back}\n`;
}

/** What a plan would do, site by site. */
export async function printPlan(
  result: RolloutResult,
  io: Io,
  output: ResultOutput["output"],
  how: string,
): Promise<void> {
  if (output === "json" || output === "yaml") return writeDocument(io.stdout, output, result);
  if (output === "name") {
    io.stdout.write(
      result.sites
        .filter((site) => site.outcome === "pending")
        .map((site) => `deployment.apps/${printable(site.name)}\n`)
        .join(""),
    );
    return undefined;
  }
  const changing = result.sites.filter((site) => site.outcome === "pending").length;
  io.stdout.write(
    `${result.kind} ${targetText(result.kind, result.target)} would change ${changing} of ${sites(result.sites.length)} (${how})\n`,
  );
  io.stdout.write(
    await renderTable(
      ["NAMESPACE", "NAME", "PLAN", "FROM", "TO", "REASON"],
      result.sites.map((site) => [
        site.namespace,
        site.name,
        site.outcome === "pending" ? "change" : site.outcome,
        versionOf(site.from),
        versionOf(site.to),
        site.reason || "<none>",
      ]),
    ),
  );
  return undefined;
}
