import { defineCommand, type FlagDefinitions } from "../command.ts";
import { connectionFlags, displayFlags, outputFlag, selectionFlags } from "../flags.ts";
import { containerFlag, recordFlag } from "../rollout/rollout-flags.ts";

export const statusFlags = {
  ...selectionFlags,
  watch: { type: "boolean", alias: "w", description: "Follow it until it ends" },
  ...containerFlag,
  ...outputFlag,
  ...displayFlags,
  ...recordFlag,
  ...connectionFlags,
} as const satisfies FlagDefinitions;

export const statusCommand = defineCommand({
  name: "status",
  group: "Rollouts",
  summary: "Show how the fleet, a rollout or a site is",
  description: `Without an argument: how many sites run which version, in which health, the unfinished rollout, and
the queue where SUBSCRIBIE_COUCHDB_URL names it. With a rollout's id:
how far it is, from any machine; -w follows it, and alone the unfinished one. With site/NAME: one site, and why it is not healthy if it is not.`,
  operands: { usage: "[ROLLOUT | site/NAME]", min: 0, max: 1 },
  examples: [
    { text: "The fleet of the current namespace", command: "status" },
    { text: "Follow a rollout that runs on another machine", command: "status u-20261123-203015-x7k2 -w" },
    { text: "One site", command: "status site/soap-sons" },
  ],
  flags: statusFlags,
  async run({ flags, operands, io }) {
    const { showStatus } = await import("../rollout/status.ts");
    return await showStatus(flags, operands, io);
  },
});
