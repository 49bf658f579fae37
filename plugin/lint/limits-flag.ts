import type { FlagDefinitions } from "../command.ts";

export const limitsFlag = {
  "limits-file": {
    type: "string",
    valueHint: "FILE",
    description:
      "Limits as YAML, the webhook's own file; default SUBSCRIBIE_LIMITS_FILE, else the built-in limits",
  },
} as const satisfies FlagDefinitions;

/** Of commands that speak to a cluster: its webhook's limits are there. */
export const limitsInForceFlags = {
  "limits-file": {
    ...limitsFlag["limits-file"],
    description:
      "Limits as YAML; default SUBSCRIBIE_LIMITS_FILE, else those of the cluster's webhook, else the built-in limits",
  },
  "system-namespace": {
    type: "string",
    default: "subscribie-system",
    valueHint: "NAME",
    description: "Namespace that the chart is installed in",
  },
} as const satisfies FlagDefinitions;
