import { printable } from "../../shared/text/printable.ts";
import { UsageError } from "../errors.ts";

/** What `-o` asks of `sites`. */
export type SitesOutput =
  | { readonly kind: "table"; readonly wide: boolean }
  | { readonly kind: "json" | "yaml" | "name" }
  | { readonly kind: "custom-columns"; readonly columns: readonly CustomColumn[] }
  | { readonly kind: "jsonpath"; readonly template: string };

interface CustomColumn {
  readonly heading: string;
  readonly path: string;
}

/** Whether anything in the output depends on the limits. */
export function showsLimits(output: SitesOutput): boolean {
  return output.kind === "table" ? output.wide : output.kind !== "name";
}

/** Reads the value of `-o`, as kubectl would. */
export function parseSitesOutput(text: string | undefined): SitesOutput {
  if (text === undefined || text === "wide") return { kind: "table", wide: text === "wide" };
  if (text === "json" || text === "yaml" || text === "name") return { kind: text };
  const [, kind, argument = ""] = /^(custom-columns|jsonpath)=(.*)$/s.exec(text) ?? [];
  if (kind === "custom-columns") return { kind, columns: parseColumns(argument) };
  if (kind === "jsonpath" && argument !== "") return { kind, template: argument };
  throw new UsageError(
    `-o is one of json, yaml, name, wide, custom-columns=HEADING:FIELD,... or jsonpath=TEMPLATE, not '${printable(text, 60)}'`,
  );
}

function parseColumns(text: string): readonly CustomColumn[] {
  return text.split(",").map((column) => {
    const [, heading, path] = /^([^:]+):(.+)$/s.exec(column) ?? [];
    if (heading === undefined || path === undefined) {
      throw new UsageError(
        `'${printable(column, 60)}' is no column; write HEADING:FIELD, such as custom-columns=SITE:.name,AT:.url`,
      );
    }
    return { heading, path };
  });
}
