import { defineCommand } from "../command.ts";
import { resumeFlags } from "../rollout/rollout-flags.ts";

export const resumeCommand = defineCommand({
  name: "resume",
  group: "Rollouts",
  summary: "Go on with a paused or interrupted rollout",
  description: `The newest unfinished rollout unless one is named. No site is changed twice; sites that failed before count as failed,
and spend nothing of the budget, which starts anew. Strategy flags replace the rollout's own.`,
  operands: { usage: "[ROLLOUT]", min: 0, max: 1 },
  examples: [
    { text: "The newest unfinished rollout", command: "resume" },
    { text: "A certain one, tolerating more", command: "resume u-20261123-203015-x7k2 --max-failures 5" },
  ],
  flags: resumeFlags,
  async run({ flags, operands, io }) {
    const { resumeRollout } = await import("../rollout/start-rollout.ts");
    return await resumeRollout(flags, operands, io);
  },
});
