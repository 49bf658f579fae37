import { defineCommand, type FlagDefinitions } from "../command.ts";
import { connectionFlags } from "../flags.ts";

export const holdFlags = {
  release: { type: "boolean", description: "Let the sites take part in rollouts again" },
  ...connectionFlags,
} as const satisfies FlagDefinitions;

export const holdCommand = defineCommand({
  name: "hold",
  group: "Rollouts",
  summary: "Keep sites out of rollouts, or let them in again",
  operands: { usage: "SITE...", min: 1, max: Number.POSITIVE_INFINITY },
  examples: [
    { text: "Leave a site on its version while its owner runs a sale", command: "hold soap-sons" },
    { text: "And let it take part again", command: "hold --release soap-sons" },
  ],
  flags: holdFlags,
  async run({ flags, operands, io }) {
    const { holdSites } = await import("../rollout/hold-sites.ts");
    return await holdSites(flags, operands, io);
  },
});
