import { parseArgs } from "node:util";
import type { Command, FlagDefinition, FlagDefinitions } from "../command.ts";
import { commandTable } from "../command-table.ts";
import { findInCommandLine } from "../find-command.ts";
import { connectionFlags, helpFlag } from "../flags.ts";
import { parserOptions } from "../parse-arguments.ts";
import { recordScopeFlags } from "../rollout/rollout-flags.ts";
import { operandKind } from "./operand-kind.ts";
import type { OperandKind } from "./operand-kind.ts";

/** A word that would fit, and what it is for. */
interface Choice {
  readonly value: string;
  readonly description?: string | undefined;
}

/** What the shell is to do with the choices: cobra's directives, as kubectl reads them. */
const directives = {
  /** Complete file names if there is no choice. */
  files: 0,
  noFiles: 4,
} as const;

export interface Completion {
  readonly choices: readonly Choice[];
  readonly directive: (typeof directives)[keyof typeof directives];
}

/** Flags by name, as far as they were typed. */
export type ScopeFlags = Readonly<Record<string, string | boolean | undefined>>;

/** Names that only the cluster and the kubeconfig know. Answers with nothing where they cannot be had. */
export interface NameSource {
  /** @param flags what was typed of the flags that say which cluster, namespaces and records are meant */
  readonly names: (
    kind: Exclude<OperandKind, "none"> | "namespace" | "context" | "fleet",
    flags: ScopeFlags,
  ) => Promise<readonly string[]>;
}

const nothing: Completion = { choices: [], directive: directives.noFiles };

/** Flags whose values are names that a source knows. */
const namedValues: Readonly<Record<string, Parameters<NameSource["names"]>[0]>> = {
  namespace: "namespace",
  "record-namespace": "namespace",
  context: "context",
  fleet: "fleet",
  "from-version": "version",
  rollout: "rollout",
  exclude: "site",
};

const fileHints: ReadonlySet<string> = new Set(["FILE", "FILE|-", "FILE|DIR|-", "DIR"]);

/**
 * What could stand in the place of the last word.
 *
 * @param words what was typed after `kubectl subscribie`, the last one partly, or empty
 */
export async function complete(words: readonly string[], source: NameSource): Promise<Completion> {
  const partial = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const { words: names, command } = await findInCommandLine(before);
  if (command === undefined) return await completeCommand(names, partial);
  const load = commandTable.get(command.name);
  if (load === undefined) return nothing;
  const definition = await load();
  const flags: FlagDefinitions = { ...definition.flags, ...helpFlag };
  const valueOf = flagAwaitingValue(before, partial, flags);
  if (valueOf !== undefined) return await completeValue(valueOf, before, source);
  if (partial.startsWith("-")) return completeFlag(flags, before, partial);
  return await completeOperand(definition, before, command.words, partial, source);
}

/** The next word of a command's name. */
async function completeCommand(words: readonly string[], partial: string): Promise<Completion> {
  const prefix = words.map((word) => `${word} `).join("");
  const commands = await Promise.all(
    commandTable
      .entries()
      .filter(([name]) => name.startsWith(prefix + partial))
      .map(async ([name, load]) => [name, await load()] as const),
  );
  const choices = new Map<string, Choice>();
  for (const [name, { summary }] of commands) {
    const [next = "", ...more] = name.slice(prefix.length).split(" ");
    const isGroup = more.length > 0;
    choices.set(next, { value: next, description: isGroup ? undefined : summary });
  }
  return { choices: [...choices.values()], directive: directives.noFiles };
}

interface AwaitedValue {
  readonly name: string;
  readonly definition: FlagDefinition;
  /** What is typed of it. */
  readonly partial: string;
  /** What the shell wants repeated: `--output=` of `--output=js`. */
  readonly prefix: string;
}

function flagAwaitingValue(
  before: readonly string[],
  partial: string,
  flags: FlagDefinitions,
): AwaitedValue | undefined {
  const joined = /^(--[a-z-]+=)(.*)$/s.exec(partial);
  const [, prefix = "", value = partial] = joined ?? [];
  const typed = joined === null ? before.at(-1) : prefix.slice(0, -1);
  const found = Object.entries(flags).find(
    ([name, { alias }]) =>
      typed === `--${name}` ||
      [alias ?? []].flat().some((short) => short.length === 1 && typed === `-${short}`),
  );
  if (found === undefined || found[1].type === "boolean") return undefined;
  return { name: found[0], definition: found[1], partial: value, prefix };
}

async function completeValue(
  { name, definition, partial, prefix }: AwaitedValue,
  before: readonly string[],
  source: NameSource,
): Promise<Completion> {
  if (definition.type !== "enum" && fileHints.has(definition.valueHint ?? "")) {
    return { choices: [], directive: directives.files };
  }
  const kind = namedValues[name];
  const values =
    definition.type === "enum"
      ? definition.options
      : kind === undefined
        ? []
        : await source.names(kind, scopeOf(before));
  return choose(
    values.map((value) => ({ value })),
    partial,
    prefix,
  );
}

function completeFlag(flags: FlagDefinitions, before: readonly string[], partial: string): Completion {
  const choices = Object.entries(flags)
    .filter(([name, { hidden, multiple }]) => {
      const isGiven = before.some((word) => word === `--${name}` || word.startsWith(`--${name}=`));
      return hidden !== true && name.length > 1 && (multiple === true || !isGiven);
    })
    .map(([name, { description }]) => ({ value: `--${name}`, description }));
  return choose(choices, partial, "");
}

async function completeOperand(
  command: Command,
  before: readonly string[],
  commandWords: number,
  partial: string,
  source: NameSource,
): Promise<Completion> {
  if (command.operands === undefined) return nothing;
  const operands = positionalsOf(before, command.flags).slice(commandWords);
  if (operands.length >= command.operands.max) return nothing;
  const kind = operandKind(command.operands.usage, operands.length);
  if (kind === "none") return nothing;
  // Where a usage line has `site/NAME`, a site is meant by that only.
  const prefix = command.operands.usage.includes("site/NAME") && partial.startsWith("site/") ? "site/" : "";
  const names = await source.names(prefix === "" ? kind : "site", scopeOf(before));
  const others = names.map((name) => prefix + name).filter((name) => !operands.includes(name));
  return choose(
    others.map((value) => ({ value })),
    partial,
    "",
  );
}

/** The words that are neither flags nor values of these flags. */
function positionalsOf(words: readonly string[], flags: FlagDefinitions): readonly string[] {
  const options = parserOptions(flags);
  return parseArgs({ args: [...words], options, allowPositionals: true, strict: false }).positionals;
}

/** The flags among the words that say where names are looked for. */
function scopeOf(words: readonly string[]): ScopeFlags {
  const { values } = parseArgs({
    args: [...words],
    options: parserOptions({ ...connectionFlags, ...recordScopeFlags }),
    allowPositionals: true,
    strict: false,
  });
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      return [name, [value].flat().at(-1)];
    }),
  );
}

function choose(all: readonly Choice[], partial: string, prefix: string): Completion {
  const choices = all
    .filter(({ value }) => value.startsWith(partial))
    .map(({ value, description }) => ({ value: prefix + value, description }));
  return { choices, directive: directives.noFiles };
}
