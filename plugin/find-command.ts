import { parseArgs } from "node:util";
import type { Command, FlagDefinitions } from "./command.ts";
import { commandAliases, commandTable } from "./command-table.ts";
import { helpFlag } from "./flags.ts";
import { parserOptions } from "./parse-arguments.ts";

/** A command by the words that were typed for it. */
interface FoundCommand {
  readonly name: string;
  /** How many words that took: `queue list` is two. */
  readonly words: number;
}

/** The command that the first two words, or the first, name; undefined where they name none, or more have to come. */
export function findCommand(words: readonly string[]): FoundCommand | undefined {
  const [first = "", second = ""] = words;
  if (commandTable.has(`${first} ${second}`)) return { name: `${first} ${second}`, words: 2 };
  const name = commandAliases.get(first) ?? first;
  return commandTable.has(name) ? { name, words: 1 } : undefined;
}

export interface CommandLine {
  /** What is neither a flag nor a flag's value, in its order: the command's own words first. */
  readonly words: readonly string[];
  readonly command: FoundCommand | undefined;
  /** Everything but the command's own words. */
  readonly rest: readonly string[];
}

/** Finds the command in a command line. Flags may stand before it, between its words and behind it, as in kubectl. */
export async function findInCommandLine(args: readonly string[]): Promise<CommandLine> {
  const { tokens } = parseArgs({
    args: [...args],
    options: parserOptions(await flagsOfAllCommands()),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const positionals = tokens.filter((token) => token.kind === "positional");
  const words = positionals.map(({ value }) => value);
  const command = findCommand(words);
  const own = new Set(positionals.slice(0, command?.words ?? 0).map(({ index }) => index));
  return { words, command, rest: args.filter((_, index) => !own.has(index)) };
}

export async function loadCommands(): Promise<Command[]> {
  return await Promise.all(commandTable.values().map(async (load) => await load()));
}

/**
 * Which flags take a value, before it is known whose they are. No two commands have flags of one name of which one is
 * a switch and the other takes a value.
 */
async function flagsOfAllCommands(): Promise<FlagDefinitions> {
  const commands = await loadCommands();
  return Object.assign({}, ...commands.map(({ flags }) => flags), helpFlag);
}
