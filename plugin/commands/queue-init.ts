import { defineCommand, type FlagDefinitions } from "../command.ts";
import { queueFlags } from "./queue-flags.ts";

export const queueInitFlags = {
  ...queueFlags,
  role: {
    type: "string",
    default: "subscribie-deployer",
    valueHint: "ROLE",
    description: "CouchDB role whose users may write the deployer's bookkeeping, besides administrators",
  },
} as const satisfies FlagDefinitions;

export const queueInitCommand = defineCommand({
  name: "queue init",
  group: "Sites",
  summary: "Set up the queue's database",
  description:
    "Creates the database and installs the design document: the list by status, and what keeps other writers from the deployer's bookkeeping. It needs an administrator of the database; doing it again is safe.",
  examples: [{ text: "Set up the queue in SUBSCRIBIE_COUCHDB_URL", command: "queue init" }],
  flags: queueInitFlags,
  async run({ flags, io }) {
    const { initQueue } = await import("../queue/init-queue.ts");
    return await initQueue(flags, io);
  },
});
