import type { CommandDescription, FlagDefinition } from "./command.ts";
import { connectionFlags, helpFlag } from "./flags.ts";
import { version } from "./version.ts";

const groups = ["Sites", "Rollouts", "Policy", "Plugin"] as const;

/** The help of several commands: grouped, one line each. */
export function renderOverview(commands: readonly CommandDescription[]): string {
  const width = Math.max(...commands.map((command) => command.name.length)) + 3;
  const sections = groups.map((group) => {
    const lines = commands
      .filter((command) => command.group === group)
      .map((command) => `  ${command.name.padEnd(width)}${command.summary}\n`);
    return lines.length === 0 ? "" : `${group}:\n${lines.join("")}\n`;
  });
  return (
    `Run a thousand customised copies of one web application (kubectl-subscribie v${version}).\n\n` +
    `Usage:\n  kubectl subscribie COMMAND [flags]\n\n` +
    sections.join("") +
    `Exit codes: 0 done and healthy, 1 failed or violations found, 2 wrong usage, 124 timed out, 130 interrupted.\n` +
    `Use "kubectl subscribie COMMAND --help" for a command's flags and examples.\n`
  );
}

/** The help of one command: what it does, examples, its own flags, and last those that every command has. */
export function renderCommandHelp(command: CommandDescription): string {
  const operands = command.operands === undefined ? "" : ` ${command.operands.usage}`;
  const examples = command.examples.map(
    (example) => `  # ${example.text}\n  kubectl subscribie ${example.command}\n`,
  );
  const own = Object.entries(command.flags).filter(([name]) => !Object.hasOwn(connectionFlags, name));
  const shared = Object.entries(command.flags).filter(([name]) => Object.hasOwn(connectionFlags, name));
  return (
    `${command.summary}.\n\n` +
    (command.description === undefined ? "" : `${command.description}\n\n`) +
    (command.aliases === undefined ? "" : `Aliases: ${[command.name, ...command.aliases].join(", ")}\n\n`) +
    `Examples:\n${examples.join("\n")}\n` +
    `Usage:\n  kubectl subscribie ${command.name}${operands} [flags]\n\n` +
    `Flags:\n${renderFlags([...own, ...Object.entries(helpFlag)])}` +
    (shared.length === 0 ? "" : `\nFlags of kubectl:\n${renderFlags(shared)}`)
  );
}

function renderFlags(definitions: readonly [string, FlagDefinition][]): string {
  const rows = definitions
    .filter(([, definition]) => definition.hidden !== true)
    .map(([name, definition]) => {
      const short = [definition.alias ?? []].flat().find((alias) => alias.length === 1);
      const hint = definition.type === "boolean" ? "" : ` ${definition.valueHint ?? "VALUE"}`;
      const long = name.length === 1 ? "" : `--${name}`;
      const flag = short === undefined ? `    ${long}` : `-${short}${long === "" ? "" : `, ${long}`}`;
      const fallback =
        typeof definition.default === "string" ? ` (default ${JSON.stringify(definition.default)})` : "";
      return { flag: `${flag}${hint}`, text: `${definition.description}${fallback}` };
    });
  const width = Math.max(...rows.map((row) => row.flag.length)) + 3;
  return rows.map((row) => `  ${row.flag.padEnd(width)}${row.text}\n`).join("");
}
