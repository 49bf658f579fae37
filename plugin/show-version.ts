import type { FlagValues } from "./command.ts";
import type { versionFlags } from "./commands/version.ts";
import { exitCodes } from "./errors.ts";
import type { Io } from "./io.ts";
import { version } from "./version.ts";

/**
 * Prints the plugin's version and, if asked, the API server's. What only some of it needs is loaded then: the
 * Kubernetes client, zod and yaml take several times as long to load as the rest to run.
 */
export async function showVersion(flags: FlagValues<typeof versionFlags>, io: Io): Promise<number> {
  const result = {
    clientVersion: `v${version}`,
    nodeVersion: process.version,
    ...(flags["server-version"] ? { serverVersion: await askServer(flags, io) } : {}),
  };
  if (flags.output !== undefined) {
    const { writeDocument } = await import("./terminal/document.ts");
    writeDocument(io.stdout, flags.output, result);
    return exitCodes.done;
  }
  io.stdout.write(`Client Version: ${result.clientVersion} (Node.js ${result.nodeVersion})\n`);
  if (result.serverVersion !== undefined) io.stdout.write(`Server Version: ${result.serverVersion}\n`);
  return exitCodes.done;
}

async function askServer(flags: FlagValues<typeof versionFlags>, io: Io): Promise<string> {
  const [{ connect }, { readServerVersion }] = await Promise.all([
    import("./connect.ts"),
    import("./server-version.ts"),
  ]);
  const client = connect(flags, io);
  try {
    return await readServerVersion(client, io.signal);
  } finally {
    client.close();
  }
}
