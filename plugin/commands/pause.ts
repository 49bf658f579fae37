import { defineCommand, type FlagDefinitions } from "../command.ts";
import { connectionFlags } from "../flags.ts";
import { recordScopeFlags } from "../rollout/rollout-flags.ts";

export const orderFlags = { ...recordScopeFlags, ...connectionFlags } as const satisfies FlagDefinitions;

export const pauseCommand = defineCommand({
  name: "pause",
  group: "Rollouts",
  summary: "Pause a running rollout, from any machine",
  description:
    "No more sites are started; those in flight run to their end. Resume it with kubectl subscribie resume.",
  operands: { usage: "[ROLLOUT]", min: 0, max: 1 },
  examples: [{ text: "The rollout that runs in the current namespace", command: "pause" }],
  flags: orderFlags,
  async run({ flags, operands, io }) {
    const { orderRollout } = await import("../rollout/order-rollout.ts");
    return await orderRollout("pause", flags, operands, io);
  },
});
