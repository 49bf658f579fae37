import { defineCommand, type FlagDefinitions } from "../command.ts";
import { yamlDocumentFlag } from "../flags.ts";
import { queueFlags } from "./queue-flags.ts";

export const queueShowFlags = {
  ...queueFlags,
  ...yamlDocumentFlag,
} as const satisfies FlagDefinitions;

export const queueShowCommand = defineCommand({
  name: "queue show",
  group: "Sites",
  summary: "Show one request, without its secrets",
  operands: { usage: "ID", min: 1, max: 1 },
  examples: [{ text: "One request and what became of it", command: "queue show 5f0c1d" }],
  flags: queueShowFlags,
  async run({ flags, operands, io }) {
    const { showRequest } = await import("../queue/show-request.ts");
    return await showRequest(flags, operands[0] ?? "", io);
  },
});
