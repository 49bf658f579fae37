import { defineCommand, type FlagDefinitions } from "../command.ts";
import { connectionFlags, outputFlag, selectionFlags } from "../flags.ts";

export const sitesFlags = {
  ...selectionFlags,
  "no-headers": { type: "boolean", description: "No heading line" },
  ...outputFlag,
  ...connectionFlags,
} as const satisfies FlagDefinitions;

export const sitesCommand = defineCommand({
  name: "sites",
  aliases: ["get"],
  group: "Sites",
  summary: "List the sites, with their version, health and address",
  operands: { usage: "[SITE...]", min: 0, max: Number.POSITIVE_INFINITY },
  examples: [
    { text: "The sites of the current namespace", command: "sites" },
    { text: "Every site of the cluster, with its whole image", command: "sites -A -o wide" },
  ],
  flags: sitesFlags,
  async run({ flags, operands, io }) {
    const { showSites } = await import("../sites/show-sites.ts");
    return await showSites(flags, operands, io);
  },
});
