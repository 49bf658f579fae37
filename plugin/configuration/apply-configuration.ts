import type { ConnectionFlagValues } from "../connect.ts";
import { connectionFlags } from "../flags.ts";
import type { Io } from "../io.ts";
import { parseArguments } from "../parse-arguments.ts";
import type { CompletedFlags } from "./complete-flags.ts";
import { readConfiguration } from "./configuration-file.ts";
import { resolveSettings, type Settings } from "./settings.ts";

/** Flags as they were read, by name; those that a command has not are absent. */
type FlagRecord = Readonly<Record<string, unknown>>;

/** What completeFlags says, once there is something to complete from. */
export async function applyConfiguration(flags: FlagRecord, io: Io): Promise<CompletedFlags> {
  const configuration = (await readConfiguration(io.env)) ?? { fleets: {} };
  const settings = resolveSettings((name) => textOf(flags, name), io.env, configuration);
  const given = Object.entries(settings.values)
    .filter(([name]) => Object.hasOwn(flags, name) && flags[name] === undefined)
    .map(([name, { value }]) => [name, value] as const);
  return { flags: Object.fromEntries(given), io: await withQueue(flags, settings, io) };
}

async function withQueue(flags: FlagRecord, { fleet, values }: Settings, io: Io): Promise<Io> {
  const secret = fleet?.fleet.couchdb?.secret;
  const isKnown = textOf(flags, "couchdb-url") !== undefined || Boolean(io.env["SUBSCRIBIE_COUCHDB_URL"]);
  const deploysFiles = Object.hasOwn(flags, "site-timeout") && hasItems(flags["filename"]);
  if (secret === undefined || isKnown || deploysFiles || !Object.hasOwn(flags, "couchdb-url")) return io;
  const { readQueueSecret } = await import("./queue-secret.ts");
  const url = await readQueueSecret(secret, { ...connectionOf(flags), ...plainValues(values) }, io);
  return { ...io, env: { ...io.env, SUBSCRIBIE_COUCHDB_URL: url } };
}

/** kubectl's flags as the command was given them; commands about the queue alone have none. */
function connectionOf(flags: FlagRecord): ConnectionFlagValues {
  const { flags: defaults } = parseArguments(
    { name: "", group: "Plugin", summary: "", examples: [], flags: connectionFlags },
    [],
  );
  const given = Object.entries(flags).filter(
    ([name, value]) => Object.hasOwn(connectionFlags, name) && value !== undefined,
  );
  return { ...defaults, ...Object.fromEntries(given) };
}

function plainValues({ context, namespace }: Settings["values"]): {
  readonly context?: string;
  readonly namespace?: string;
} {
  return {
    ...(context === undefined ? {} : { context: context.value }),
    ...(namespace === undefined ? {} : { namespace: namespace.value }),
  };
}

function textOf(flags: FlagRecord, name: string): string | undefined {
  const value = flags[name];
  return typeof value === "string" ? value : undefined;
}

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
