import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { defaultLimits, parseLimits } from "../../shared/policy/limits.ts";
import type { Limits } from "../../shared/policy/limits.ts";
import { siteDefaultsSchema } from "../../shared/site/site-defaults.ts";
import type { SiteDefaults } from "../../shared/site/site-defaults.ts";
import { printable } from "../../shared/text/printable.ts";
import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";

/** What the operator has configured of the sites: what they are made of, and what they may be. */
export interface SiteConfiguration {
  readonly defaults: SiteDefaults;
  readonly limits: Limits;
}

export interface ConfigurationFiles {
  /** `--defaults-file`, else SUBSCRIBIE_DEFAULTS_FILE. */
  readonly defaultsFile: string | undefined;
  /** `--limits-file`, else SUBSCRIBIE_LIMITS_FILE: the same file as the webhook's. */
  readonly limitsFile: string | undefined;
}

/** Reads both files; without them, everything has its default. */
export async function loadSiteConfiguration(
  files: ConfigurationFiles,
  env: Io["env"],
): Promise<SiteConfiguration> {
  const defaultsFile = files.defaultsFile ?? env["SUBSCRIBIE_DEFAULTS_FILE"];
  const limitsFile = files.limitsFile ?? env["SUBSCRIBIE_LIMITS_FILE"];
  return {
    defaults: await loadDefaults(defaultsFile),
    limits: limitsFile === undefined ? defaultLimits : await readYaml(limitsFile, parseLimits),
  };
}

async function loadDefaults(file: string | undefined): Promise<SiteDefaults> {
  if (file === undefined) return siteDefaultsSchema.parse({});
  return await readYaml(file, (content) => {
    const result = siteDefaultsSchema.safeParse(content ?? {});
    if (result.success) return result.data;
    throw new Error(
      result.error.issues
        .map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`)
        .join("; "),
    );
  });
}

async function readYaml<T>(file: string, read: (content: unknown) => T): Promise<T> {
  try {
    return read(parse(await readFile(file, "utf8")));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${printable(file)} cannot be used: ${printable(message, 1000)}`, {
      cause: error,
    });
  }
}
