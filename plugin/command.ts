import type { BooleanArgDef, EnumArgDef, StringArgDef } from "citty";
import { completeFlags } from "./configuration/complete-flags.ts";
import type { Io } from "./io.ts";
import { parseArguments } from "./parse-arguments.ts";

/** A flag as citty defines one; `multiple` and `hidden` are ours. */
export type FlagDefinition = (
  | BooleanArgDef
  | StringArgDef
  | (EnumArgDef & { options: readonly string[] })
) & {
  readonly description: string;
  /** The flag may be repeated, and its value is a list. */
  readonly multiple?: true;
  /** Works, but is left out of the help. */
  readonly hidden?: true;
};

export type FlagDefinitions = Readonly<Record<string, FlagDefinition>>;

/** The value of a flag, by its definition: a string is there only if it was given or has a default. */
type FlagValue<D> = D extends { readonly type: "boolean" }
  ? boolean
  : D extends { readonly multiple: true }
    ? readonly string[]
    : D extends { readonly type: "enum"; readonly options: readonly (infer Option)[] }
      ? Option | (D extends { readonly default: string } ? never : undefined)
      : string | (D extends { readonly default: string } ? never : undefined);

export type FlagValues<F extends FlagDefinitions> = { readonly [Name in keyof F]: FlagValue<F[Name]> };

/** The operands as the usage line shows them (`VERSION [SITE...]`), and how many there may be. */
interface Operands {
  readonly usage: string;
  readonly min: number;
  readonly max: number;
}

export interface Invocation<F extends FlagDefinitions> {
  readonly flags: FlagValues<F>;
  readonly operands: readonly string[];
  readonly io: Io;
}

/** What a command says of itself; enough for help, completion and the README. */
export interface CommandDescription {
  /** With its parent where it has one: `queue list`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly group: "Sites" | "Rollouts" | "Policy" | "Plugin";
  /** One line, without a final period. */
  readonly summary: string;
  /** What a person should know before using it; paragraphs. */
  readonly description?: string;
  readonly operands?: Operands;
  /** `command` is what follows `kubectl subscribie `. */
  readonly examples: readonly { readonly text: string; readonly command: string }[];
  readonly flags: FlagDefinitions;
}

/** A command of the plugin, its flag types checked where it was defined. */
export interface Command extends CommandDescription {
  /** Reads the arguments strictly, runs, returns the exit code. Wrong usage is a UsageError, before anything is done. */
  readonly execute: (args: readonly string[], io: Io) => Promise<number>;
}

/**
 * Defines a command. Its module stays light, so that help and completion are quick: what the command does is imported
 * inside `run`.
 */
export function defineCommand<const F extends FlagDefinitions>(
  definition: CommandDescription & {
    readonly flags: F;
    readonly run: (invocation: Invocation<F>) => Promise<number>;
  },
): Command {
  const { run, ...description } = definition;
  return {
    ...description,
    async execute(args, io) {
      const { flags, operands } = parseArguments(definition, args);
      const completed = await completeFlags(flags, io);
      return await run({ flags: { ...flags, ...completed.flags }, operands, io: completed.io });
    },
  };
}
