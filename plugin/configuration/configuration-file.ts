import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import * as z from "zod";
import { printable } from "../../shared/text/printable.ts";
import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";
import { configurationFile } from "./configuration-path.ts";

const secretReference = z.strictObject({
  namespace: z.string().optional().describe("Namespace of the Secret; the fleet's own unless given"),
  name: z.string().min(1).describe("Name of the Secret"),
  key: z
    .string()
    .min(1)
    .default("url")
    .describe("Its key whose value is the queue's address, with credentials"),
});

const fleet = z.strictObject({
  context: z.string().min(1).optional().describe("Context of the kubeconfig, as --context"),
  namespace: z.string().min(1).optional().describe("Namespace of the sites, as --namespace"),
  recordNamespace: z.string().min(1).optional().describe("As --record-namespace"),
  couchdb: z
    .strictObject({ secret: secretReference })
    .optional()
    .describe("Where the queue's address is read, unless SUBSCRIBIE_COUCHDB_URL has it"),
});

/** The configuration file as it may be written. */
export const configurationSchema = z.strictObject({
  fleet: z.string().min(1).optional().describe("The fleet that is meant where no other is named"),
  fleets: z.record(z.string().min(1), fleet).default({}).describe("Fleets by their names"),
});

export type Fleet = z.infer<typeof fleet>;
export type Configuration = z.infer<typeof configurationSchema>;

/** Reads the configuration; undefined where there is no file. What is in it and means nothing is a CommandError. */
export async function readConfiguration(env: Io["env"]): Promise<Configuration | undefined> {
  const file = configurationFile(env);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw new CommandError(`the configuration ${printable(file)} cannot be read; check its rights`, {
      cause: error,
    });
  }
  return parseConfiguration(text, file);
}

/** @param file for errors */
export function parseConfiguration(text: string, file: string): Configuration {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 }) ?? {};
  } catch (error) {
    const [line = ""] = error instanceof Error ? error.message.split("\n") : [];
    throw unusable(file, `it is no YAML: ${line}`);
  }
  const parsed = configurationSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unusable(file, `${issue?.path.join(".") || "its top"}: ${issue?.message ?? ""}`);
}

function unusable(file: string, why: string): CommandError {
  return new CommandError(
    `the configuration ${printable(file)} cannot be used: ${printable(why)}; mend the file`,
  );
}
