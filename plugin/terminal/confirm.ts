import { createInterface } from "node:readline/promises";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";

/** Asks a yes-or-no question on stderr; anything but yes is no. Without a terminal to ask on it is a UsageError. */
export async function confirm(question: string, io: Io): Promise<boolean> {
  if (!io.stdinIsTerminal) {
    throw new UsageError(
      "there is no terminal to ask on; leave out -i, or pass --yes where the command has it",
    );
  }
  const prompt = createInterface({ input: io.stdin, output: io.stderr });
  try {
    const answer = await prompt.question(`${question} [y/N] `, { signal: io.signal });
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}
