import type { RolloutKind } from "../../shared/rollout/rollout-id.ts";
import type { FlagDefinitions } from "../command.ts";
import { connectionFlags, displayFlags, dryRunFlag, outputFlag, selectionFlags } from "../flags.ts";
import { usualPace, type UsualPace } from "./usual-pace.ts";

/** How fast, and how carefully. @param usual what holds where nothing is said; undefined where that is the rollout's own */
function strategyFlags(usual: UsualPace | undefined) {
  const byDefault = (what: keyof UsualPace) => (usual === undefined ? "" : ` (default ${usual[what]})`);
  return {
    canary: {
      type: "string",
      valueHint: "WAVES",
      description: `Size of each canary wave, numbers or percentages of the sites to change, or none${byDefault("canary")}`,
    },
    soak: {
      type: "string",
      valueHint: "DURATION",
      description: `How long each canary wave must stay healthy${byDefault("soak")}`,
    },
    "in-flight": {
      type: "string",
      valueHint: "N|N%",
      description: `Most sites unfinished at a time after the canaries${byDefault("inFlight")}`,
    },
    "site-timeout": {
      type: "string",
      valueHint: "DURATION",
      description: `Longest wait for one site${usual === undefined ? "" : "; the Deployment's progress deadline unless given"}`,
    },
    timeout: {
      type: "string",
      valueHint: "DURATION",
      description: "Longest time for the whole rollout; exit code 124",
    },
  } as const satisfies FlagDefinitions;
}

export const maxFailuresFlag = {
  "max-failures": {
    type: "string",
    valueHint: "N|N%",
    description: "Stop starting sites when more than this many failed; canaries tolerate none",
  },
} as const satisfies FlagDefinitions;

export const onFailureFlag = {
  "on-failure": {
    type: "enum",
    options: ["pause", "rollback"],
    default: "pause",
    valueHint: "ACTION",
    description: "After too many failures: pause, or roll back what was changed",
  },
} as const satisfies FlagDefinitions;

export const recordFlag = {
  "record-namespace": {
    type: "string",
    valueHint: "NAME",
    description: "Namespace of the rollouts' records and Lease; the sites' own, with -A subscribie-system",
  },
} as const satisfies FlagDefinitions;

/** Where a rollout's record is looked for: as where it was begun. */
export const recordScopeFlags = {
  "all-namespaces": {
    type: "boolean",
    alias: "A",
    description: "Rollouts over every namespace, whose records are in subscribie-system",
  },
  ...recordFlag,
} as const satisfies FlagDefinitions;

export const containerFlag = {
  container: {
    type: "string",
    alias: "c",
    default: "subscribie",
    valueHint: "NAME",
    description: "Container of the site's pods",
  },
} as const satisfies FlagDefinitions;

const runFlags = {
  diff: {
    type: "boolean",
    description: "Show each site's change, as a diff of its Deployment, before it starts",
  },
  interactive: { type: "boolean", alias: "i", description: "Show the plan and ask before it starts" },
  events: { type: "boolean", description: "Write a JSON line an event to stdout, for programs" },
  ...outputFlag,
  ...displayFlags,
} as const satisfies FlagDefinitions;

/** What every command that starts a rollout takes. */
export function rolloutFlags(kind: RolloutKind) {
  return {
    ...selectionFlags,
    exclude: {
      type: "string",
      multiple: true,
      valueHint: "SITE",
      description: "Leave this site out; repeatable",
    },
    ...containerFlag,
    ...strategyFlags(usualPace(kind)),
    ...dryRunFlag,
    ...runFlags,
    ...recordFlag,
    ...connectionFlags,
  } as const satisfies FlagDefinitions;
}

/** Its sites are the rollout's own: only how it goes on can be said anew. */
export const resumeFlags = {
  ...maxFailuresFlag,
  ...strategyFlags(undefined),
  ...runFlags,
  ...recordScopeFlags,
  ...connectionFlags,
} as const satisfies FlagDefinitions;
