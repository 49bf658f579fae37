import { printable } from "../../shared/text/printable.ts";
import type { Io } from "../io.ts";
import { writeDocument } from "../terminal/document.ts";
import { renderTable } from "../terminal/table.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { CommandAccess } from "./permissions.ts";

const longestLine = 1_000;

/** The report: an examination a line, each finding with its fix below it, and what the user may run. */
export async function writeReport(
  diagnoses: readonly Diagnosis[],
  access: readonly CommandAccess[],
  format: "json" | "yaml" | undefined,
  io: Io,
): Promise<void> {
  if (format !== undefined) {
    writeDocument(io.stdout, format, {
      checks: diagnoses.map((diagnosis) => ({ ...diagnosis, status: statusOf(diagnosis) })),
      permissions: access,
    });
    return;
  }
  for (const diagnosis of diagnoses) {
    const { check, summary, findings, unknown } = diagnosis;
    const about = unknown ?? (findings.length === 0 ? summary : "");
    io.stdout.write(
      `${statusOf(diagnosis).padEnd(8)}${check}${about === "" ? "" : `: ${printable(about, longestLine)}`}\n`,
    );
    for (const { message, fix } of findings) {
      io.stdout.write(
        `        - ${printable(message, longestLine)}\n          fix: ${printable(fix, longestLine)}\n`,
      );
    }
  }
  io.stdout.write("\n");
  io.stdout.write(
    await renderTable(
      ["COMMAND", "ALLOWED", "MISSING"],
      access.map(({ command, missing }) => [
        command,
        missing.length === 0 ? "yes" : "no",
        missing.join(", "),
      ]),
    ),
  );
}

function statusOf({ findings, unknown }: Diagnosis): "ok" | "problem" | "unknown" {
  if (unknown !== undefined) return "unknown";
  return findings.length === 0 ? "ok" : "problem";
}
