import { defineCommand, type FlagDefinitions } from "../command.ts";
import { plainOutputFlag, queueFlags } from "./queue-flags.ts";

export const queueListFlags = {
  ...queueFlags,
  status: {
    type: "enum",
    options: ["queued", "deploying", "deployed", "failed", "rejected"],
    valueHint: "STATUS",
    description: "Only requests with this status: queued, deploying, deployed, failed or rejected",
  },
  "no-headers": { type: "boolean", description: "No heading line" },
  ...plainOutputFlag,
} as const satisfies FlagDefinitions;

export const queueListCommand = defineCommand({
  name: "queue list",
  group: "Sites",
  summary: "List the requests in the queue",
  examples: [
    { text: "All requests, by status", command: "queue list" },
    { text: "Those that were refused, with every reason", command: "queue list --status rejected" },
  ],
  flags: queueListFlags,
  async run({ flags, io }) {
    const { listQueue } = await import("../queue/list-queue.ts");
    return await listQueue(flags, io);
  },
});
