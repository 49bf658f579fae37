import type { Writable } from "node:stream";
import { stringify } from "yaml";

/** Writes one result as a program reads it. JSON and YAML escape control characters by themselves. */
export function writeDocument(output: Writable, format: "json" | "yaml", value: unknown): void {
  output.write(format === "json" ? `${JSON.stringify(value, null, 2)}\n` : stringify(value));
}
