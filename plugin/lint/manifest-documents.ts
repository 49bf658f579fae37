import { parseAllDocuments } from "yaml";
import type { Tags } from "yaml";
import { isObject, listMember, member, stringMember } from "../../shared/policy/json.ts";
import { printable } from "../../shared/text/printable.ts";
import { CommandError } from "../errors.ts";
import type { ManifestSource } from "./manifest-files.ts";

/**
 * YAML as kubectl reads it (sigs.k8s.io/yaml): version 1.1, with merge keys, `yes` and `on` as truths and 0644 as an
 * octal, but without the times and base-60 numbers of that version, and with 0o644 of the next.
 */
const kubectlYaml = {
  schema: "yaml-1.1",
  logLevel: "silent",
  customTags: (tags: Tags): Tags => [...tags.filter((tag) => !isUnknownToKubectl(tag)), octal, base64],
} as const;

function isUnknownToKubectl(tag: Tags[number]): boolean {
  if (typeof tag === "string") return false;
  return ("format" in tag && tag.format === "TIME") || /:(?:timestamp|binary)$/.test(tag.tag);
}

const octal = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  format: "OCT",
  test: /^0o[0-7]+$/,
  resolve: (text: string) => Number(text),
} as const;

const base64 = {
  tag: "tag:yaml.org,2002:binary",
  resolve: (text: string) => Buffer.from(text, "base64").toString("utf8"),
} as const;

/**
 * The documents of a text, YAML or JSON: empty ones left out, Lists taken apart.
 * @throws CommandError for text that is neither, with its line
 */
export function parseManifests({ origin, content }: ManifestSource): readonly unknown[] {
  const documents = parseAllDocuments(content, kubectlYaml);
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [mistake] = document.errors;
    if (mistake !== undefined) throw notYaml(origin, mistake.message);
    const value = resolve(document, origin);
    return value === null || value === undefined ? [] : unfoldList(value);
  });
}

function resolve(document: { toJS: () => unknown }, origin: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases beyond measure, or of nothing.
    throw notYaml(origin, error instanceof Error ? error.message : String(error));
  }
}

function notYaml(origin: string, message: string): CommandError {
  const [firstLine = ""] = message.split("\n");
  return new CommandError(`${origin} is neither YAML nor JSON: ${printable(firstLine.replace(/:$/, ""))}`);
}

/** A List's items are objects of their own; each `…List` of the API counts. */
function unfoldList(value: unknown): readonly unknown[] {
  const kind = stringMember(value, "kind");
  const isList = kind?.endsWith("List") === true && Array.isArray(member(value, "items"));
  return isList && isObject(value) ? listMember(value, "items").flatMap(unfoldList) : [value];
}
