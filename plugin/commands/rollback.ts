import { defineCommand } from "../command.ts";
import { rolloutFlags } from "../rollout/rollout-flags.ts";

export const rollbackCommand = defineCommand({
  name: "rollback",
  aliases: ["undo"],
  group: "Rollouts",
  summary: "Take an upgrade back: each site returns to exactly what it ran before",
  description: `--all returns the sites that the last upgrade or restart changed, and no others, each to the pod template that it ran
before. Doing it twice changes nothing. A site whose template somebody changed since is reported and left alone, unless
--include-changed. Where the template is gone (revisionHistoryLimit 0), the recorded image returns, and it says so.

It goes faster than an upgrade, without canaries, goes on past failures, and is never rolled back by itself.`,
  operands: { usage: "(--all | SITE... | --rollout ID)", min: 0, max: Number.POSITIVE_INFINITY },
  examples: [
    { text: "Take the last upgrade back, everywhere", command: "rollback --all" },
    { text: "Only see what that would do", command: "rollback --all --dry-run=client" },
    { text: "Take one site back", command: "rollback soap-sons" },
    {
      text: "One site to a revision that kubectl rollout history shows",
      command: "rollback soap-sons --to-revision 3",
    },
  ],
  flags: {
    all: { type: "boolean", description: "Every selected site that the last upgrade changed" },
    rollout: {
      type: "string",
      valueHint: "ID",
      description: "Take back this rollout instead of the last one",
    },
    "to-revision": {
      type: "string",
      valueHint: "N",
      description: "Return the named sites to this revision, as kubectl rollout undo does",
    },
    "previous-revision": {
      type: "boolean",
      description:
        "Return to the revision before the current one, whatever made it: for sites without a record",
    },
    "include-changed": {
      type: "boolean",
      description: "Also sites whose template somebody changed by hand since",
    },
    ...rolloutFlags("rollback"),
  },
  async run({ flags, operands, io }) {
    const { startRollback } = await import("../rollout/start-rollout.ts");
    return await startRollback(flags, operands, io);
  },
});
