import { defineCommand, type FlagDefinitions } from "../command.ts";
import { connectionFlags, displayFlags, outputFlag } from "../flags.ts";
import { queueFlags } from "./queue-flags.ts";

export const deployFlags = {
  filename: {
    type: "string",
    alias: "f",
    multiple: true,
    valueHint: "FILE",
    description: "Deploy the shop payloads in this file instead of the queue's; - for stdin; repeatable",
  },
  watch: { type: "boolean", alias: "w", description: "Go on deploying what is submitted, until interrupted" },
  ...queueFlags,
  "defaults-file": {
    type: "string",
    valueHint: "FILE",
    description: "YAML file that says what sites are made of; default SUBSCRIBIE_DEFAULTS_FILE",
  },
  "limits-file": {
    type: "string",
    valueHint: "FILE",
    description: "YAML file with the policy's limits; default SUBSCRIBIE_LIMITS_FILE",
  },
  "site-timeout": {
    type: "string",
    default: "10m",
    valueHint: "DURATION",
    description: "Longest wait for one site to become available",
  },
  "metrics-port": {
    type: "string",
    valueHint: "PORT",
    description: "With --watch: serve /livez, /readyz and /metrics on this port",
  },
  ...outputFlag,
  quiet: displayFlags.quiet,
  ...connectionFlags,
} as const satisfies FlagDefinitions;

export const deployCommand = defineCommand({
  name: "deploy",
  group: "Sites",
  summary: "Turn queued sign-ups into running sites",
  description:
    "Without -f it deploys what is in the queue: once, or with --watch for as long as it runs. A site counts as deployed once it is available.",
  examples: [
    { text: "Deploy everything that is queued, once", command: "deploy" },
    { text: "Go on deploying what is submitted", command: "deploy --watch" },
    { text: "Deploy one shop payload from a file, without a queue", command: "deploy -f shop.json" },
  ],
  flags: deployFlags,
  async run({ flags, io }) {
    const { runDeploy } = await import("../deploy/run-deploy.ts");
    return await runDeploy(flags, io);
  },
});
