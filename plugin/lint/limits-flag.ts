import type { FlagDefinitions } from "../command.ts";

export const limitsFlag = {
  "limits-file": {
    type: "string",
    valueHint: "FILE",
    description:
      "Limits as YAML, the webhook's own file; default SUBSCRIBIE_LIMITS_FILE, else the built-in limits",
  },
} as const satisfies FlagDefinitions;
