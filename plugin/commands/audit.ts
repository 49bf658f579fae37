import { defineCommand, type FlagDefinitions } from "../command.ts";
import { connectionFlags, outputFlag, selectionFlags } from "../flags.ts";
import { limitsInForceFlags } from "../lint/limits-flag.ts";

export const auditFlags = {
  ...selectionFlags,
  ...limitsInForceFlags,
  ...outputFlag,
  ...connectionFlags,
} as const satisfies FlagDefinitions;

export const auditCommand = defineCommand({
  name: "audit",
  group: "Policy",
  summary: "Check the sites that are live against the limits, as if they were created today",
  description:
    "Looks at every Deployment labelled subscribie=site and, in namespaces labelled subscribie.co.uk/sites=enforced, " +
    "at all Deployments and whatever else makes pods: Pods, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs, " +
    "but for those that a controller made of another. With SITE or -l, at these sites only. The webhook lets " +
    "everything keep what it had before the limits were tightened; this names it. Exits with 1 if anything would be " +
    "refused.",
  operands: { usage: "[SITE...]", min: 0, max: Number.POSITIVE_INFINITY },
  examples: [
    { text: "The sites of the current namespace", command: "audit" },
    {
      text: "Every site, against limits that are not in force yet",
      command: "audit -A --limits-file tighter.yaml",
    },
  ],
  flags: auditFlags,
  async run({ flags, operands, io }) {
    const { audit } = await import("../audit/audit.ts");
    return await audit(flags, operands, io);
  },
});
