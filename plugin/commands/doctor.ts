import { defineCommand, type FlagDefinitions } from "../command.ts";
import { connectionFlags, documentFlag, selectionFlags } from "../flags.ts";
import { limitsInForceFlags } from "../lint/limits-flag.ts";
import { queueFlags } from "./queue-flags.ts";

export const doctorFlags = {
  "all-namespaces": selectionFlags["all-namespaces"],
  ...limitsInForceFlags,
  "couchdb-url": queueFlags["couchdb-url"],
  ...documentFlag,
  ...connectionFlags,
} as const satisfies FlagDefinitions;

export const doctorCommand = defineCommand({
  name: "doctor",
  group: "Plugin",
  summary: "Examine the installation, and say how to mend what is wrong",
  description:
    "Looks at versions, webhooks and their certificate, namespace labels, live sites, rollouts and the queue, and at " +
    "what you may do. It changes nothing: that the webhook answers is tried by a dry run in the namespace of -n. " +
    "Exits with 1 if anything is found; what you may not look at is said to be unknown.",
  examples: [
    { text: "The namespace of your sites", command: "doctor -n subscribie-sites" },
    { text: "Everything, for a program", command: "doctor -A -o json" },
  ],
  flags: doctorFlags,
  async run({ flags, io }) {
    const { runDoctor } = await import("../doctor/run-doctor.ts");
    return await runDoctor(flags, io);
  },
});
