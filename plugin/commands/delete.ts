import { defineCommand, type FlagDefinitions } from "../command.ts";
import { connectionFlags } from "../flags.ts";
import { queueFlags } from "./queue-flags.ts";

export const deleteFlags = {
  yes: { type: "boolean", alias: "y", description: "Do not ask" },
  purge: {
    type: "boolean",
    description:
      "Delete the volume and the Secret too, and let others have the name; the site's data is lost",
  },
  ...queueFlags,
  ...connectionFlags,
} as const satisfies FlagDefinitions;

export const deleteCommand = defineCommand({
  name: "delete",
  group: "Sites",
  summary: "Delete sites that deploy has made",
  description:
    "The volume, the Secret and the claim on the name stay, so that the site can come back, unless --purge is given. The queue's document is marked, so that no deployer makes the site again.",
  operands: { usage: "SITE...", min: 1, max: Number.POSITIVE_INFINITY },
  examples: [
    { text: "Delete a site, and keep its data", command: "delete soap-sons" },
    { text: "Delete a site and everything of it, without asking", command: "delete soap-sons --purge --yes" },
  ],
  flags: deleteFlags,
  async run({ flags, operands, io }) {
    const { deleteSites } = await import("../deploy/delete-sites.ts");
    return await deleteSites(flags, operands, io);
  },
});
