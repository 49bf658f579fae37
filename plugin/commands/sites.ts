import { defineCommand, type FlagDefinitions } from "../command.ts";
import { connectionFlags, selectionFlags } from "../flags.ts";
import { limitsInForceFlags } from "../lint/limits-flag.ts";

export const sitesFlags = {
  ...selectionFlags,
  watch: { type: "boolean", alias: "w", description: "Then show each site that changes, until interrupted" },
  "sort-by": {
    type: "string",
    valueHint: "COLUMN",
    description: "Sort by a column, or by a field of -o json such as .createdAt",
  },
  "no-headers": { type: "boolean", description: "No heading line" },
  output: {
    type: "string",
    alias: "o",
    valueHint: "FORMAT",
    description: "json, yaml, name, wide, custom-columns=HEADING:FIELD,... or jsonpath=TEMPLATE",
  },
  ...limitsInForceFlags,
  ...connectionFlags,
} as const satisfies FlagDefinitions;

export const sitesCommand = defineCommand({
  name: "sites",
  aliases: ["get"],
  group: "Sites",
  summary: "List the sites, with their version, health and address",
  description: `-o wide adds the image, and whether the site is within the limits as audit would say it. Fields of custom-columns are
those of one site in -o json; a jsonpath template sees the whole of it, {"sites": [...]}.`,
  operands: { usage: "[SITE...]", min: 0, max: Number.POSITIVE_INFINITY },
  examples: [
    { text: "The sites of the current namespace", command: "sites" },
    { text: "Every site of the cluster, with its whole image", command: "sites -A -o wide" },
    { text: "The oldest versions first", command: "sites --sort-by version" },
    { text: "Names and addresses only", command: "sites -o custom-columns=SITE:.name,AT:.url" },
    { text: "Watch the sites change", command: "sites -w" },
  ],
  flags: sitesFlags,
  async run({ flags, operands, io }) {
    const { showSites } = await import("../sites/show-sites.ts");
    return await showSites(flags, operands, io);
  },
});
