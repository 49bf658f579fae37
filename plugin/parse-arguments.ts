import { parseArgs } from "node:util";
import leven from "leven";
import { printable } from "../shared/text/printable.ts";
import type { CommandDescription, FlagDefinition, FlagDefinitions, FlagValues } from "./command.ts";
import { UsageError } from "./errors.ts";

type RawValue = string | boolean | string[] | undefined;

/**
 * Reads the arguments of one command from its citty flag definitions, as kubectl's parser (pflag) would: `-ojson`,
 * `-o=json`, `-o json`, `--output=json`, `--yes=false`, `--` before operands. What citty's own parser lets pass or
 * loses is an error here: an unknown flag, a flag without its value, a repeated one, a value outside the list, a wrong
 * number of operands.
 */
export function parseArguments<F extends FlagDefinitions>(
  command: CommandDescription & { readonly flags: F },
  args: readonly string[],
): { readonly flags: FlagValues<F>; readonly operands: readonly string[] } {
  const { tokens } = parseArgs({
    args: [...args],
    options: parserOptions(command.flags),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const flags = new Map<string, RawValue>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const definition = Object.hasOwn(command.flags, token.name) ? command.flags[token.name] : undefined;
    if (definition === undefined) throw unknownFlag(token.rawName, command);
    const value = flagValue(token.rawName, valueOf(token), definition);
    const before = flags.get(token.name);
    if (definition.multiple === true) {
      flags.set(token.name, [...(Array.isArray(before) ? before : []), String(value)]);
    } else if (before === undefined) flags.set(token.name, value);
    else throw new UsageError(`${token.rawName} was given twice; give it once`);
  }
  checkOperands(command, operands);
  const values = Object.fromEntries(
    Object.entries(command.flags).map(([name, definition]) => [
      name,
      flags.get(name) ?? fallback(definition),
    ]),
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each value was read by its own definition just above, which TypeScript cannot follow through Object.fromEntries
  return { flags: values as FlagValues<F>, operands };
}

function fallback(definition: FlagDefinition): RawValue {
  if (definition.type === "boolean") return definition.default ?? false;
  return definition.multiple === true ? [] : definition.default;
}

/** The options of node:util's parser for these definitions. */
export function parserOptions(definitions: FlagDefinitions) {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => {
      const short = [definition.alias ?? []].flat().find((alias) => alias.length === 1);
      return [
        name,
        {
          type: definition.type === "boolean" ? ("boolean" as const) : ("string" as const),
          multiple: true,
          ...(short === undefined ? {} : { short }),
        },
      ];
    }),
  );
}

/** A short flag's value keeps the equals sign of `-o=json`, which pflag drops; that of `-l =x` is the value's own. */
function valueOf(token: {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}): string | undefined {
  const isShort = !token.rawName.startsWith("--");
  return isShort && token.inlineValue === true ? token.value?.replace(/^=/, "") : token.value;
}

function flagValue(flag: string, value: string | undefined, definition: FlagDefinition): string | boolean {
  if (definition.type === "boolean") {
    if (value === undefined || value === "true") return true;
    if (value === "false") return false;
    throw new UsageError(`${flag} is true or false, not '${printable(value, 60)}'`);
  }
  if (value === undefined)
    throw new UsageError(`${flag} needs a value: ${flag} ${definition.valueHint ?? "VALUE"}`);
  if (definition.type === "enum" && !definition.options.includes(value)) {
    throw new UsageError(`${flag} is one of ${definition.options.join(", ")}, not '${printable(value, 60)}'`);
  }
  return value;
}

function unknownFlag(flag: string, command: CommandDescription): UsageError {
  const known = Object.keys(command.flags).map((name) => `--${name}`);
  const meant = suggestion(flag, known);
  const instead =
    meant === undefined ? `see kubectl subscribie ${command.name} --help` : `did you mean ${meant}?`;
  return new UsageError(`unknown flag ${printable(flag, 60)}; ${instead}`);
}

/** The known word that a mistyped one is nearest to, if it is near at all. */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  // The distance is quadratic in the length; no word of ours is longer than this.
  const typed = word.slice(0, 60);
  const nearest = known
    .map((candidate) => ({ candidate, distance: leven(typed, candidate) }))
    .toSorted((a, b) => a.distance - b.distance)[0];
  // Two letters that changed places are a distance of two.
  const limit = typed.length < 4 ? 1 : Math.max(2, Math.floor(typed.length / 3));
  return nearest !== undefined && nearest.distance <= limit ? nearest.candidate : undefined;
}

function checkOperands(command: CommandDescription, operands: readonly string[]): void {
  const { usage, min, max } = command.operands ?? { usage: "", min: 0, max: 0 };
  const line = `usage: kubectl subscribie ${command.name}${usage === "" ? "" : ` ${usage}`}`;
  if (operands.length < min) {
    throw new UsageError(`${command.name} needs ${min === 1 ? "an argument" : `${min} arguments`}; ${line}`);
  }
  if (operands.length > max) {
    throw new UsageError(`${command.name} does not take '${printable(operands[max] ?? "", 60)}'; ${line}`);
  }
}
