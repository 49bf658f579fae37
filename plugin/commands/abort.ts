import { defineCommand } from "../command.ts";
import { orderFlags } from "./pause.ts";

export const abortCommand = defineCommand({
  name: "abort",
  group: "Rollouts",
  summary: "End a running or paused rollout for good, from any machine",
  description: `What it changed stays changed: take it back with kubectl subscribie rollback --rollout ID. An aborted rollout is never
resumed.`,
  operands: { usage: "[ROLLOUT]", min: 0, max: 1 },
  examples: [{ text: "The newest unfinished rollout of the current namespace", command: "abort" }],
  flags: orderFlags,
  async run({ flags, operands, io }) {
    const { orderRollout } = await import("../rollout/order-rollout.ts");
    return await orderRollout("abort", flags, operands, io);
  },
});
