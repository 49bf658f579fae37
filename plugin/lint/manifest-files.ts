import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { printable } from "../../shared/text/printable.ts";
import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";

/** A text with manifests, and how its origin is shown. */
export interface ManifestSource {
  readonly origin: string;
  readonly content: string;
}

const extensions: ReadonlySet<string> = new Set([".yaml", ".yml", ".json"]);

/** The texts that `-f` names, as kubectl understands it: files, folders (their manifests in order of name), or `-`. */
export async function readManifestSources(
  names: readonly string[],
  isRecursive: boolean,
  io: Io,
): Promise<readonly ManifestSource[]> {
  const sources: ManifestSource[] = [];
  for (const name of names) {
    if (name === "-") sources.push({ origin: "standard input", content: await text(io.stdin) });
    else for (const file of await filesOf(name, isRecursive)) sources.push(await readSource(file));
  }
  return sources;
}

async function filesOf(name: string, isRecursive: boolean): Promise<readonly string[]> {
  const info = await stat(name).catch((error: unknown) => cannotRead(name, error));
  if (!info.isDirectory()) return [name];
  const entries = await readdir(name, { recursive: isRecursive }).catch((error: unknown) =>
    cannotRead(name, error),
  );
  const files = entries.filter((entry) => extensions.has(path.extname(entry))).toSorted();
  if (files.length === 0) {
    throw new CommandError(
      `no .yaml, .yml or .json file in ${printable(name)}; -R looks into its folders too`,
    );
  }
  return files.map((file) => path.join(name, file));
}

async function readSource(file: string): Promise<ManifestSource> {
  const content = await readFile(file, "utf8").catch((error: unknown) => cannotRead(file, error));
  return { origin: printable(file), content };
}

function cannotRead(file: string, cause: unknown): never {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
  throw new CommandError(
    `cannot read ${printable(file)} (${code}); give -f a file, a folder, or - for standard input`,
    {
      cause,
    },
  );
}
