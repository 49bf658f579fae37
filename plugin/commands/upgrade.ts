import { defineCommand } from "../command.ts";
import { maxFailuresFlag, onFailureFlag, rolloutFlags } from "../rollout/rollout-flags.ts";

export const upgradeCommand = defineCommand({
  name: "upgrade",
  group: "Rollouts",
  summary: "Move sites to another version, a few first, then the rest as fast as they get healthy",
  description: `VERSION is a tag (v0.11), a digest (@sha256:...) or a whole image reference. A tag or a digest keeps each site's own
repository. Sites that run it already are unchanged and cost nothing.

Canary waves go first: each must be healthy, and stay so while it soaks, before the next; one failure there stops the
upgrade. Then the rest flows, with a bounded number of sites unfinished at any time. Percentages are of the sites that
are to be changed. When more sites fail than are tolerated, no more are started.

The same command again resumes what was interrupted. A new version may migrate a site's database, which no rollback
undoes.`,
  operands: { usage: "VERSION [SITE...]", min: 1, max: Number.POSITIVE_INFINITY },
  examples: [
    { text: "Every site of the current namespace", command: "upgrade v0.11" },
    {
      text: "See what it would do, checked by the API server and its webhooks",
      command: "upgrade v0.11 --dry-run=server",
    },
    {
      text: "More carefully: 1 site, then 10%, each watched for a minute",
      command: "upgrade v0.11 --canary 1,10% --soak 1m",
    },
    { text: "Take it back by itself when it fails", command: "upgrade v0.11 --on-failure rollback" },
    { text: "Two sites only", command: "upgrade v0.11 soap-sons the-veg-box" },
  ],
  flags: {
    "from-version": {
      type: "string",
      valueHint: "VERSION",
      description: "Only sites that run this version or image",
    },
    "only-failed": {
      type: "boolean",
      description: "Only sites that failed in the newest rollout with failures",
    },
    ...maxFailuresFlag,
    ...onFailureFlag,
    ...rolloutFlags("upgrade"),
  },
  async run({ flags, operands, io }) {
    const { startUpgrade } = await import("../rollout/start-rollout.ts");
    return await startUpgrade(flags, operands, io);
  },
});
