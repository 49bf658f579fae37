import * as z from "zod";
import type { FlagValues } from "./command.ts";
import type { versionFlags } from "./commands/version.ts";
import { exitCodes } from "./errors.ts";
import type { Io } from "./io.ts";
import { writeDocument } from "./terminal/document.ts";
import { version } from "./version.ts";

const serverVersionSchema = z.object({ gitVersion: z.string() });

/** Prints the plugin's version and, if asked, the API server's. */
export async function showVersion(flags: FlagValues<typeof versionFlags>, io: Io): Promise<number> {
  const result = {
    clientVersion: `v${version}`,
    nodeVersion: process.version,
    ...(flags["server-version"] ? { serverVersion: await readServerVersion(flags, io) } : {}),
  };
  if (flags.output !== undefined) {
    writeDocument(io.stdout, flags.output, result);
    return exitCodes.done;
  }
  io.stdout.write(`Client Version: ${result.clientVersion} (Node.js ${result.nodeVersion})\n`);
  if (result.serverVersion !== undefined) io.stdout.write(`Server Version: ${result.serverVersion}\n`);
  return exitCodes.done;
}

async function readServerVersion(flags: FlagValues<typeof versionFlags>, io: Io): Promise<string> {
  // The Kubernetes client takes three times as long to load as the rest of this command to run.
  const { connect } = await import("./connect.ts");
  const client = connect(flags, io);
  try {
    const { body } = await client.request({ method: "GET", path: "/version", signal: io.signal });
    return serverVersionSchema.parse(body).gitVersion;
  } finally {
    client.close();
  }
}
