import { defineCommand, type FlagDefinitions } from "../command.ts";
import { fleetFlag, yamlDocumentFlag } from "../flags.ts";

export const configViewFlags = {
  ...fleetFlag,
  ...yamlDocumentFlag,
} as const satisfies FlagDefinitions;

export const configViewCommand = defineCommand({
  name: "config view",
  group: "Plugin",
  summary: "Show the configuration that holds, and where it comes from",
  description: `The file is $XDG_CONFIG_HOME/subscribie/config.yaml, else ~/.config/subscribie/config.yaml; there need be none. It names
fleets, each with a context, a namespace, a record namespace and the Secret that has its queue's address, and says which one is
meant unless --fleet or SUBSCRIBIE_FLEET names another.

SUBSCRIBIE_CONTEXT, SUBSCRIBIE_NAMESPACE and SUBSCRIBIE_RECORD_NAMESPACE win over the file, and flags over all. Secrets are masked.`,
  examples: [
    { text: "What holds now", command: "config view" },
    { text: "What would hold for another fleet", command: "config view --fleet staging" },
  ],
  flags: configViewFlags,
  async run({ flags, io }) {
    const { viewConfiguration } = await import("../configuration/view-configuration.ts");
    return await viewConfiguration(flags, io);
  },
});
