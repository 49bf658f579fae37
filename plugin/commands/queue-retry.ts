import { defineCommand, type FlagDefinitions } from "../command.ts";
import { queueFlags } from "./queue-flags.ts";

export const queueRetryFlags = {
  ...queueFlags,
  all: { type: "boolean", description: "Every request that failed" },
} as const satisfies FlagDefinitions;

export const queueRetryCommand = defineCommand({
  name: "queue retry",
  group: "Sites",
  summary: "Queue requests again that failed or were rejected",
  operands: { usage: "[ID...]", min: 0, max: Number.POSITIVE_INFINITY },
  examples: [
    { text: "One request, whatever became of it", command: "queue retry 5f0c1d" },
    { text: "Every request that failed", command: "queue retry --all" },
  ],
  flags: queueRetryFlags,
  async run({ flags, operands, io }) {
    const { retryRequests } = await import("../queue/retry-requests.ts");
    return await retryRequests(flags, operands, io);
  },
});
