import type { CommandDescription, FlagDefinition } from "./command.ts";
import { helpFlag, kubectlFlags } from "./flags.ts";
import { version } from "./version.ts";

const groups = ["Sites", "Rollouts", "Policy", "Plugin"] as const;

/** The help of several commands: grouped, one line each. @param parent the word that all their names begin with */
export function renderOverview(commands: readonly CommandDescription[], parent?: string): string {
  const program = parent === undefined ? "kubectl subscribie" : `kubectl subscribie ${parent}`;
  const width = Math.max(...commands.map((command) => command.name.length)) + 3;
  const sections = groups.map((group) => {
    const lines = commands
      .filter((command) => command.group === group)
      .map((command) => `  ${command.name.padEnd(width)}${command.summary}\n`);
    return lines.length === 0 ? "" : `${group}:\n${lines.join("")}\n`;
  });
  return (
    `Run a thousand customised copies of one web application (kubectl-subscribie v${version}).\n\n` +
    `Usage:\n  ${program} COMMAND [flags]\n\n` +
    sections.join("") +
    `Exit codes: 0 done and healthy, 1 failed or violations found, 2 wrong usage, 124 timed out, 130 interrupted.\n` +
    `Use "${program} COMMAND --help" for a command's flags and examples.\n`
  );
}

/** The help of one command: what it does, examples, its own flags, and last those that every command has. */
export function renderCommandHelp(command: CommandDescription): string {
  const operands = command.operands === undefined ? "" : ` ${command.operands.usage}`;
  const examples = command.examples.map(
    (example) => `  # ${example.text}\n  kubectl subscribie ${example.command}\n`,
  );
  const [shared, own] = partition(Object.entries(command.flags), isOfKubectl);
  return (
    `${command.summary}.\n\n` +
    (command.description === undefined ? "" : `${wrapParagraphs(command.description)}\n\n`) +
    (command.aliases === undefined ? "" : `Aliases: ${[command.name, ...command.aliases].join(", ")}\n\n`) +
    `Examples:\n${examples.join("\n")}\n` +
    `Usage:\n  kubectl subscribie ${command.name}${operands} [flags]\n\n` +
    `Flags:\n${renderFlags([...own, ...Object.entries(helpFlag)])}` +
    (shared.length === 0 ? "" : renderKubectlFlags(shared))
  );
}

/** Whether a flag is kubectl's own, as the shared definition has it: a command may use a name for something else. */
function isOfKubectl([name, definition]: readonly [string, FlagDefinition]): boolean {
  const shared: Readonly<Record<string, FlagDefinition>> = kubectlFlags;
  return Object.hasOwn(shared, name) && shared[name] === definition;
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

/** The flags that everybody uses in full, the others by name: they mean what they mean in kubectl. */
const usualKubectlFlags: ReadonlySet<string> = new Set(["namespace", "context", "kubeconfig"]);

function renderKubectlFlags(definitions: readonly [string, FlagDefinition][]): string {
  const [usual, others] = partition(definitions, ([name]) => usualKubectlFlags.has(name));
  const names = others.map(([name]) => (name.length === 1 ? `-${name}` : `--${name}`));
  return `\nFlags of kubectl:\n${renderFlags(usual)}${wrap(`and ${names.join(", ")}`, "  ")}\n`;
}

const textWidth = 100;

function wrapParagraphs(text: string): string {
  return text
    .split("\n\n")
    .map((paragraph) => wrap(paragraph, ""))
    .join("\n\n");
}

function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/)) {
    if (line.length > indent.length && line.length + 1 + word.length > textWidth) {
      lines.push(line);
      line = indent;
    }
    line += line.length === indent.length ? word : ` ${word}`;
  }
  return [...lines, line].join("\n");
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
  const indent = " ".repeat(2 + width);
  return rows.map(({ flag, text }) => `  ${flag.padEnd(width)}${wrap(text, indent).trimStart()}\n`).join("");
}
