import type { Writable } from "node:stream";
import { Document, Scalar, visit } from "yaml";
import { hasUnprintable, printableQuoted } from "../../shared/text/printable.ts";

/**
 * Writes one result as a program reads it, with nothing raw in it that a terminal would act upon. What is read back is
 * the same value.
 */
export function writeDocument(output: Writable, format: "json" | "yaml", value: unknown): void {
  output.write(format === "json" ? jsonDocument(value) : yamlDocument(value));
}

function jsonDocument(value: unknown): string {
  return `${printableQuoted(JSON.stringify(value, null, 2), "pair")}\n`;
}

/** Only double-quoted strings of YAML have escapes. */
function yamlDocument(value: unknown): string {
  const document = new Document(value);
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === "string" && hasUnprintable(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return printableQuoted(document.toString(), "long");
}

/** Writes one of many results as a line of JSON. */
export function writeJsonLine(output: Writable, value: unknown): void {
  output.write(`${printableQuoted(JSON.stringify(value), "pair")}\n`);
}
