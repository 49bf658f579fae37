import { defineCommand, type FlagDefinitions } from "../command.ts";
import { connectionFlags } from "../flags.ts";
import { recordScopeFlags } from "../rollout/rollout-flags.ts";

export const reportFlags = {
  "output-file": {
    type: "string",
    valueHint: "FILE",
    description: "Write the page to this file; standard output unless given",
  },
  ...recordScopeFlags,
  ...connectionFlags,
} as const satisfies FlagDefinitions;

export const reportCommand = defineCommand({
  name: "report",
  group: "Rollouts",
  summary: "Make an HTML page of a rollout, or of the fleet",
  description: `With a rollout's id: a timeline of every site, failures with their reasons, progress, and how long sites took to get ready.
Without: the fleet's versions now and over time, and its rollouts. The page is one file that needs nothing else.`,
  operands: { usage: "[ROLLOUT]", min: 0, max: 1 },
  examples: [
    { text: "The fleet of the current namespace", command: "report --output-file fleet.html" },
    { text: "One rollout", command: "report u-20261123-203015-x7k2 > upgrade.html" },
  ],
  flags: reportFlags,
  async run({ flags, operands, io }) {
    const { writeReport } = await import("../report/write-report.ts");
    return await writeReport(flags, operands, io);
  },
});
