import { defineCommand, type FlagDefinitions } from "../command.ts";
import { plainOutputFlag, queueFlags } from "./queue-flags.ts";

export const submitFlags = {
  filename: {
    type: "string",
    alias: "f",
    multiple: true,
    valueHint: "FILE",
    description: "File with shop payloads; - for stdin; repeatable",
  },
  ...queueFlags,
  ...plainOutputFlag,
} as const satisfies FlagDefinitions;

export const submitCommand = defineCommand({
  name: "submit",
  group: "Sites",
  summary: "Put shop payloads into the queue",
  description: "All payloads are checked first: if one is not a site request, none is submitted.",
  examples: [
    { text: "Submit one shop payload", command: "submit -f shop.json" },
    { text: "Submit what another program writes", command: "submit -f -" },
  ],
  flags: submitFlags,
  async run({ flags, io }) {
    const { submitPayloads } = await import("../queue/submit-payloads.ts");
    return await submitPayloads(flags, io);
  },
});
