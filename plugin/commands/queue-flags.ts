import type { FlagDefinitions } from "../command.ts";
import { fleetFlag } from "../flags.ts";

/** What every command about the queue takes. */
export const queueFlags = {
  "couchdb-url": {
    type: "string",
    valueHint: "URL",
    description: "Address of the queue, without credentials; default SUBSCRIBIE_COUCHDB_URL",
  },
  ...fleetFlag,
} as const satisfies FlagDefinitions;

/** Formats of results that have no wide form. */
export const plainOutputFlag = {
  output: {
    type: "enum",
    alias: "o",
    options: ["json", "yaml", "name"],
    valueHint: "FORMAT",
    description: "Format of the result: json, yaml or name",
  },
} as const satisfies FlagDefinitions;
