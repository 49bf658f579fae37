import { defineCommand, type FlagDefinitions } from "../command.ts";
import { connectionFlags, documentFlag } from "../flags.ts";

export const versionFlags = {
  "server-version": { type: "boolean", description: "Ask the API server for its version too" },
  ...documentFlag,
  ...connectionFlags,
} as const satisfies FlagDefinitions;

export const versionCommand = defineCommand({
  name: "version",
  group: "Plugin",
  summary: "Show the plugin's version, and the API server's if asked",
  examples: [
    { text: "The plugin's own version", command: "version" },
    { text: "The API server's too", command: "version --server-version" },
  ],
  flags: versionFlags,
  async run({ flags, io }) {
    const { showVersion } = await import("../show-version.ts");
    return await showVersion(flags, io);
  },
});
