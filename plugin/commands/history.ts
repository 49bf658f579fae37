import { defineCommand, type FlagDefinitions } from "../command.ts";
import { connectionFlags, outputFlag } from "../flags.ts";
import { recordScopeFlags } from "../rollout/rollout-flags.ts";

export const historyFlags = {
  ...outputFlag,
  ...recordScopeFlags,
  ...connectionFlags,
} as const satisfies FlagDefinitions;

export const historyCommand = defineCommand({
  name: "history",
  group: "Rollouts",
  summary: "List the rollouts, or show one with its failed sites",
  operands: { usage: "[ROLLOUT]", min: 0, max: 1 },
  examples: [
    { text: "Who changed what, and when", command: "history" },
    { text: "One rollout, with every site", command: "history u-20261123-203015-x7k2 -o wide" },
  ],
  flags: historyFlags,
  async run({ flags, operands, io }) {
    const { showHistory } = await import("../rollout/history.ts");
    return await showHistory(flags, operands, io);
  },
});
