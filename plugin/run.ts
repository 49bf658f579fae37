import { parseArgs } from "node:util";
import { defineCommand, runCommand, type CommandDef } from "citty";
import { printable } from "../shared/text/printable.ts";
import { commandAliases, commandTable } from "./command-table.ts";
import type { Command } from "./command.ts";
import { exitCodes, UsageError } from "./errors.ts";
import { connectionFlags, helpFlag } from "./flags.ts";
import type { Io } from "./io.ts";
import { parserOptions, suggestion } from "./parse-arguments.ts";
import { printError } from "./print-error.ts";

/** Runs one command line and returns the exit code. The one place where an error ends. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    return printError(error, args, io);
  }
}

async function dispatch(args: readonly string[], io: Io): Promise<number> {
  const { words, rest } = splitCommand(args);
  if (words[0] === "help") return await showHelp(words.slice(1), io);
  if (words.length === 0) return await showHelp([], io);
  const name = findCommand(words);
  if (name === undefined) return await showHelp(words, io);
  const operands = words.slice(name.typed);
  if (asksForHelp(rest)) return await showHelp([name.command], io);
  return await runThroughCitty(name.command, [...operands, ...rest], io);
}

/**
 * citty finds and loads the command. It hands on the raw arguments, because its own parser lets unknown flags pass
 * and loses repeated ones; `Command.execute` reads them from the same definitions.
 */
async function runThroughCitty(name: string, args: readonly string[], io: Io): Promise<number> {
  let exitCode: number = exitCodes.done;
  const subCommands = Object.fromEntries(
    commandTable.entries().map(([commandName, load]) => [
      commandName,
      async (): Promise<CommandDef> => {
        const command = await load();
        return defineCommand({
          meta: { name: command.name, description: command.summary },
          async run({ rawArgs }) {
            exitCode = await command.execute(rawArgs, io);
          },
        });
      },
    ]),
  );
  await runCommand(defineCommand({ meta: { name: "kubectl subscribie" }, subCommands }), {
    rawArgs: [name, ...args],
  });
  return exitCode;
}

/**
 * The words before the first flag of the command itself. kubectl's global flags may stand before the command; they
 * move behind it.
 */
function splitCommand(args: readonly string[]): { words: string[]; rest: string[] } {
  const { tokens } = parseArgs({
    args: [...args],
    options: parserOptions({ ...connectionFlags, ...helpFlag }),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const first = tokens.find((token) => token.kind === "positional");
  if (first === undefined) return { words: [], rest: [...args] };
  const after = args.slice(first.index);
  const flagsAt = after.findIndex((arg) => arg.startsWith("-"));
  const words = flagsAt === -1 ? after : after.slice(0, flagsAt);
  return { words, rest: [...args.slice(0, first.index), ...after.slice(words.length)] };
}

/** The command that the first two words, or the first, name; and how many of them. */
function findCommand(words: readonly string[]): { command: string; typed: number } | undefined {
  const [first = "", second = ""] = words;
  const twoWords = `${first} ${second}`;
  if (commandTable.has(twoWords)) return { command: twoWords, typed: 2 };
  const command = commandAliases.get(first) ?? first;
  return commandTable.has(command) ? { command, typed: 1 } : undefined;
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end)).some((arg) => arg === "--help" || arg === "-h");
}

async function showHelp(words: readonly string[], io: Io): Promise<number> {
  const { renderOverview, renderCommandHelp } = await import("./help.ts");
  const name = findCommand(words.flatMap((word) => word.split(" ")));
  const load = name === undefined ? undefined : commandTable.get(name.command);
  if (load !== undefined) io.stdout.write(renderCommandHelp(await load()));
  else if (words.length === 0) io.stdout.write(renderOverview(await loadAll()));
  else if (subcommandsOf(words).length > 0 && words.length === 1) {
    const subcommands = subcommandsOf(words);
    io.stdout.write(
      renderOverview((await loadAll()).filter((command) => subcommands.includes(command.name))),
    );
  } else throw unknownCommand(words);
  return exitCodes.done;
}

async function loadAll(): Promise<Command[]> {
  return await Promise.all(commandTable.values().map(async (load) => await load()));
}

function subcommandsOf(words: readonly string[]): string[] {
  return [...commandTable.keys()].filter((name) => name.startsWith(`${words[0]} `));
}

function unknownCommand(words: readonly string[]): UsageError {
  const subcommands = subcommandsOf(words);
  const typed = subcommands.length > 0 ? words.slice(0, 2).join(" ") : (words[0] ?? "");
  const known = subcommands.length > 0 ? subcommands : [...commandTable.keys(), ...commandAliases.keys()];
  const meant = suggestion(typed, known);
  const instead =
    meant === undefined ? "see kubectl subscribie --help" : `did you mean kubectl subscribie ${meant}?`;
  return new UsageError(`unknown command '${printable(typed, 60)}'; ${instead}`);
}
