import { existsSync } from "node:fs";
import type { Io } from "../io.ts";
import { configurationFile, settingVariables } from "./configuration-path.ts";

export interface CompletedFlags {
  /** What variables and the configuration file say for flags that were not given. */
  readonly flags: Readonly<Record<string, string>>;
  readonly io: Io;
}

/**
 * Completes a command's flags from `SUBSCRIBIE_*` variables and the configuration file, as if they had been typed, so
 * that no command needs to know of either. Where there is neither, nothing is loaded: most have none, and wait.
 *
 * @param flags as they were read, by name
 */
export async function completeFlags(
  flags: Readonly<Record<string, unknown>>,
  io: Io,
): Promise<CompletedFlags> {
  const isSaid = Object.values(settingVariables).some((name) => io.env[name]);
  if (!isSaid && flags["fleet"] === undefined && !existsSync(configurationFile(io.env)))
    return { flags: {}, io };
  const { applyConfiguration } = await import("./apply-configuration.ts");
  return await applyConfiguration(flags, io);
}
