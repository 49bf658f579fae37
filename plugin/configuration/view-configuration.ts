import type { FlagValues } from "../command.ts";
import type { configViewFlags } from "../commands/config-view.ts";
import { exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { writeDocument } from "../terminal/document.ts";
import { readConfiguration } from "./configuration-file.ts";
import { configurationFile } from "./configuration-path.ts";
import { resolveSettings } from "./settings.ts";

/** Variables of files that commands read; none is secret. */
const otherVariables = ["SUBSCRIBIE_LIMITS_FILE", "SUBSCRIBIE_DEFAULTS_FILE"];

/** `kubectl subscribie config view`: what holds, and where it comes from. Secrets are masked. */
export async function viewConfiguration(flags: FlagValues<typeof configViewFlags>, io: Io): Promise<number> {
  const read = await readConfiguration(io.env);
  const configuration = read ?? { fleets: {} };
  const given: Readonly<Record<string, string | undefined>> = { fleet: flags.fleet };
  const { fleet, values } = resolveSettings((name) => given[name], io.env, configuration);
  const url = io.env["SUBSCRIBIE_COUCHDB_URL"];
  const others = otherVariables.flatMap((name) => (io.env[name] ? [[name, io.env[name]] as const] : []));
  writeDocument(io.stdout, flags.output, {
    file: read === undefined ? null : configurationFile(io.env),
    fleet: fleet?.name ?? null,
    settings: values,
    environment: {
      ...(url ? { SUBSCRIBIE_COUCHDB_URL: maskUrl(url) } : {}),
      ...Object.fromEntries(others),
    },
    fleets: configuration.fleets,
  });
  return exitCodes.done;
}

/** An address without its password; what is no address may be one, and is not shown at all. */
function maskUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return "REDACTED";
  if (url.password !== "") url.password = "REDACTED";
  return url.href;
}
