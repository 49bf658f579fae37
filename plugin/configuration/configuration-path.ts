import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { Io } from "../io.ts";

/**
 * Where the configuration file is, if there is one: `$XDG_CONFIG_HOME/subscribie/config.yaml`, and ~/.config unless
 * that is set to an absolute path.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function configurationFile(env: Io["env"]): string {
  const xdg = env["XDG_CONFIG_HOME"] ?? "";
  const base = isAbsolute(xdg) ? xdg : join(env["HOME"] ?? homedir(), ".config");
  return join(base, "subscribie", "config.yaml");
}

/** The variables that say what a flag would say. */
export const settingVariables = {
  fleet: "SUBSCRIBIE_FLEET",
  context: "SUBSCRIBIE_CONTEXT",
  namespace: "SUBSCRIBIE_NAMESPACE",
  "record-namespace": "SUBSCRIBIE_RECORD_NAMESPACE",
} as const;
