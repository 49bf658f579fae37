import { exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { writeDocument } from "../terminal/document.ts";
import type { Verdict } from "./verdict.ts";

/** Writes the verdicts as asked for, and returns the exit code that they mean. */
export function writeVerdicts(
  verdicts: readonly Verdict[],
  output: "json" | "yaml" | "name" | "wide" | undefined,
  io: Io,
): number {
  const refused = verdicts.filter(({ allowed }) => !allowed);
  if (output === "json" || output === "yaml") writeDocument(io.stdout, output, { results: verdicts });
  else if (output === "name") io.stdout.write(refused.map((verdict) => `${nameOf(verdict)}\n`).join(""));
  else {
    io.stdout.write(verdicts.map(describe).join(""));
    io.stderr.write(`${count(verdicts.length, "object")}, ${refused.length} refused\n`);
  }
  return refused.length === 0 ? exitCodes.done : exitCodes.failed;
}

function describe(verdict: Verdict): string {
  const { allowed, violations, warnings } = verdict;
  const outcome = allowed ? "allowed" : `refused, ${count(violations.length, "violation")}`;
  const lines = [
    `${nameOf(verdict)} ${outcome}`,
    ...violations.map(({ message }) => `  ${message}`),
    ...warnings.map((warning) => `  warning: ${warning}`),
  ];
  return `${lines.join("\n")}\n`;
}

function nameOf({ kind, namespace, name }: Verdict): string {
  const shown = `${kind === "" ? "unknown" : kind.toLowerCase()}/${name === "" ? "<none>" : name}`;
  return namespace === "" ? shown : `${namespace}/${shown}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
