import { defineCommand, type FlagDefinitions } from "../command.ts";
import { outputFlag } from "../flags.ts";
import { limitsFlag } from "../lint/limits-flag.ts";

export const lintFlags = {
  filename: {
    type: "string",
    alias: "f",
    multiple: true,
    valueHint: "FILE",
    description: "Manifest, folder of manifests, or - for standard input; repeatable",
  },
  recursive: { type: "boolean", alias: "R", description: "Folders within folders too" },
  namespace: {
    type: "string",
    alias: "n",
    valueHint: "NAME",
    description: "Namespace of manifests that name none",
  },
  ...limitsFlag,
  ...outputFlag,
} as const satisfies FlagDefinitions;

export const lintCommand = defineCommand({
  name: "lint",
  group: "Policy",
  summary: "Check manifests against the limits for sites, without a cluster",
  description:
    "Applies the API's defaults and the webhook's, then the webhook's own checks: the verdict is what creating the " +
    "object in a namespace of sites would get. Reads YAML and JSON, several documents, Lists and AdmissionReviews. " +
    "Exits with 1 if anything would be refused.",
  examples: [
    { text: "A file", command: "lint -f site.yaml" },
    { text: "What a Helm chart renders", command: "lint -f - < rendered.yaml" },
    { text: "A folder of manifests, for a program", command: "lint -R -f manifests -o json" },
  ],
  flags: lintFlags,
  async run({ flags, io }) {
    const { lint } = await import("../lint/lint.ts");
    return await lint(flags, io);
  },
});
