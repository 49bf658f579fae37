import { readFile, stat } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { isJsonObject } from "../../shared/site/json-value.ts";
import type { JsonObject } from "../../shared/site/json-value.ts";
import { printable } from "../../shared/text/printable.ts";
import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";

/** One shop payload, and where it came from: `shop.json`, or `shops.json[2]` in a list. */
export interface NamedPayload {
  readonly source: string;
  readonly payload: JsonObject;
}

const mostBytes = 256 * 1024 * 1024;

/** Reads shop payloads from files, `-` being stdin: each holds one JSON object, or a list of them. */
export async function readPayloads(files: readonly string[], io: Io): Promise<readonly NamedPayload[]> {
  const payloads: NamedPayload[] = [];
  for (const file of files) {
    const source = file === "-" ? "stdin" : printable(file);
    const content = parse(file === "-" ? await text(io.stdin) : await readText(file, source), source);
    const list = Array.isArray(content) ? content : [content];
    for (const [index, payload] of list.entries()) {
      const name = Array.isArray(content) ? `${source}[${index}]` : source;
      if (!isJsonObject(payload))
        throw new CommandError(`${name} is not a JSON object, as a shop payload has to be`);
      payloads.push({ source: name, payload });
    }
  }
  return payloads;
}

async function readText(file: string, source: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > mostBytes)
      throw new Error(`it has ${size} bytes; split it into files of at most ${mostBytes}`);
    return await readFile(file, "utf8");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${source} cannot be read: ${printable(message)}`, { cause: error });
  }
}

function parse(content: string, source: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    // The parser quotes what it stumbled over, which may be a password.
    const position =
      error instanceof Error
        ? /position \d+(?: \(line \d+ column \d+\))?/.exec(error.message)?.[0]
        : undefined;
    throw new CommandError(
      `${source} is not JSON${position === undefined ? "" : ` (at ${position})`}; a shop payload is a JSON object, or several in a list`,
    );
  }
}
