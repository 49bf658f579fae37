import { printable } from "../../shared/text/printable.ts";
import { exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { complete } from "./complete.ts";
import type { NameSource } from "./complete.ts";

/** What kubectl calls for completion, for those whose installer put no such program on the PATH. */
export const completionScript = `#!/bin/sh
# kubectl runs this for the completion of "kubectl subscribie"; it has to be on the PATH.
exec kubectl-subscribie completion -- "$@"
`;

const longestDescription = 100;

/** Without words the script that kubectl calls; with words what it wants to know: a choice a line, and a directive. */
export async function writeCompletion(words: readonly string[], io: Io): Promise<number> {
  if (words.length === 0) {
    io.stdout.write(completionScript);
    return exitCodes.done;
  }
  const { choices, directive } = await complete(words, lazyNames(io));
  const lines = choices
    // A name that would break the line, or a shell, is no name of ours.
    .filter(({ value }) => /^[\w.:@/=+-]+$/.test(value))
    .map(({ value, description }) =>
      description === undefined ? value : `${value}\t${printable(description, longestDescription)}`,
    );
  io.stdout.write([...lines, `:${directive}`].map((line) => `${line}\n`).join(""));
  return exitCodes.done;
}

/** The Kubernetes client takes three times as long to load as everything else: only where a name is wanted. */
function lazyNames(io: Io): NameSource {
  return {
    async names(kind, flags) {
      const { clusterNames } = await import("./cluster-names.ts");
      return await clusterNames(io).names(kind, flags);
    },
  };
}
