import { defineCommand } from "../command.ts";
import { maxFailuresFlag, onFailureFlag, rolloutFlags } from "../rollout/rollout-flags.ts";

export const restartCommand = defineCommand({
  name: "restart",
  group: "Rollouts",
  summary: "Replace the pods of sites, gated like an upgrade",
  operands: { usage: "[SITE...]", min: 0, max: Number.POSITIVE_INFINITY },
  examples: [
    { text: "Every site of the current namespace", command: "restart" },
    { text: "One site", command: "restart soap-sons" },
  ],
  flags: {
    "only-failed": {
      type: "boolean",
      description: "Only sites that failed in the newest rollout with failures",
    },
    ...maxFailuresFlag,
    ...onFailureFlag,
    ...rolloutFlags("restart"),
  },
  async run({ flags, operands, io }) {
    const { startRestart } = await import("../rollout/start-rollout.ts");
    return await startRestart(flags, operands, io);
  },
});
