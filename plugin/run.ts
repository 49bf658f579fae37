import { defineCommand, runCommand, type CommandDef } from "citty";
import { printable } from "../shared/text/printable.ts";
import { commandAliases, commandTable } from "./command-table.ts";
import { exitCodes, UsageError } from "./errors.ts";
import { findCommand, findInCommandLine, loadCommands } from "./find-command.ts";
import type { Io } from "./io.ts";
import { suggestion } from "./parse-arguments.ts";
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
  const { words, command, rest } = await findInCommandLine(args);
  if (words[0] === "help") return await showHelp(words.slice(1), io);
  if (words.length === 0 && args.length > 0 && !asksForHelp(args))
    throw new UsageError("no command was given; see kubectl subscribie --help");
  if (command === undefined) return await showHelp(words, io);
  if (asksForHelp(rest)) return await showHelp([command.name], io);
  return await runThroughCitty(command.name, rest, io);
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

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end)).some((arg) => arg === "--help" || arg === "-h");
}

async function showHelp(words: readonly string[], io: Io): Promise<number> {
  const { renderOverview, renderCommandHelp } = await import("./help.ts");
  const found = findCommand(words.flatMap((word) => word.split(" ")));
  const load = found === undefined ? undefined : commandTable.get(found.name);
  if (load !== undefined) io.stdout.write(renderCommandHelp(await load()));
  else if (words.length === 0) io.stdout.write(renderOverview(await loadCommands()));
  else if (subcommandsOf(words).length > 0 && words.length === 1) {
    const subcommands = subcommandsOf(words);
    io.stdout.write(
      renderOverview(
        (await loadCommands()).filter((command) => subcommands.includes(command.name)),
        words[0],
      ),
    );
  } else throw unknownCommand(words);
  return exitCodes.done;
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
