import { formatDuration } from "../../shared/text/duration.ts";
import { printable } from "../../shared/text/printable.ts";
import type { Io } from "../io.ts";
import { writeDocument, writeJsonLine } from "../terminal/document.ts";
import type { SiteResult } from "./site-result.ts";

/** What a run of the deployer shows: each site as soon as it has an outcome, and a summary. */
export interface DeployReport {
  readonly add: (result: SiteResult) => void;
  /** Something that is not about one site; repeated ones are shown once. */
  readonly note: (text: string) => void;
  readonly finish: () => void;
  /** Instead of `finish`, after Ctrl-C. @param unfinished what becomes of the rest */
  readonly interrupt: (unfinished: string) => void;
  readonly hasFailures: () => boolean;
}

export interface DeployReportFlags {
  readonly output: "json" | "yaml" | "name" | "wide" | undefined;
  readonly quiet: boolean;
  readonly watch: boolean;
}

export function createDeployReport(flags: DeployReportFlags, io: Io): DeployReport {
  const format = flags.output === "json" || flags.output === "yaml" ? flags.output : undefined;
  const results: SiteResult[] = [];
  const counts = { deployed: 0, failed: 0, rejected: 0 };
  let lastNote = "";

  function writeResults(): void {
    if (format !== undefined && !flags.watch)
      writeDocument(io.stdout, format, { counts, sites: results.map(toDocument) });
  }

  function summary(): string {
    return `${counts.deployed} deployed, ${counts.failed} failed, ${counts.rejected} rejected`;
  }

  return {
    add(result) {
      counts[result.outcome] += 1;
      if (flags.output === "name") {
        if (result.outcome === "deployed") io.stdout.write(`deployment.apps/${result.siteName}\n`);
      } else if (format === undefined) {
        io.stdout.write(`${describeResult(result)}\n`);
      } else if (flags.watch) {
        // A watch has no end to wait for: one document a line.
        writeJsonLine(io.stdout, toDocument(result));
      } else {
        results.push(result);
      }
    },
    note(text) {
      if (flags.quiet || text === lastNote) return;
      lastNote = text;
      io.stderr.write(`${printable(text, 1000)}\n`);
    },
    finish() {
      writeResults();
      if (flags.quiet) return;
      const total = counts.deployed + counts.failed + counts.rejected;
      io.stderr.write(total === 0 ? "Nothing to deploy.\n" : `${summary()}\n`);
    },
    interrupt(unfinished) {
      writeResults();
      if (!flags.quiet) io.stderr.write(`${summary()}; ${unfinished}\n`);
    },
    hasFailures: () => counts.failed + counts.rejected > 0,
  };
}

function describeResult({ document, outcome, siteName, url, milliseconds, reasons }: SiteResult): string {
  const subject = siteName === undefined ? `request/${printable(document, 80)}` : `site/${siteName}`;
  if (outcome === "deployed") {
    const time = milliseconds === undefined ? "" : `  ${formatDuration(milliseconds)}`;
    return `${subject} deployed  ${url}${time}`;
  }
  const from = siteName === undefined ? "" : ` (request ${printable(document, 80)})`;
  const after = outcome === "failed" ? "; it will be tried again" : "";
  return `${subject} ${outcome}${from}: ${reasons.join("; ")}${after}`;
}

function toDocument({ document, outcome, siteName, url, milliseconds, reasons }: SiteResult): object {
  return { document, name: siteName, outcome, url, seconds: milliseconds && milliseconds / 1000, reasons };
}
