import { createInterface } from "node:readline/promises";
import { UsageError } from "../errors.ts";
import { Interruption, type Io } from "../io.ts";

/**
 * Asks a yes-or-no question on stderr; anything but yes is no, the end of input (Ctrl-D) too. Without a terminal to ask
 * on it is a UsageError. Throws Interruption after Ctrl-C: the terminal is in raw mode here, and makes no signal of it.
 *
 * @param withoutTerminal what to do where nobody can answer: `pass --yes`
 */
export async function confirm(question: string, io: Io, withoutTerminal: string): Promise<boolean> {
  if (!io.stdinIsTerminal) throw new UsageError(`there is no terminal to ask on; ${withoutTerminal}`);
  const prompt = createInterface({ input: io.stdin, output: io.stderr });
  try {
    const answer = await new Promise<boolean>((resolve, reject) => {
      /** What is written next begins a line of its own, as after an answer. */
      const leave = (settle: () => void) => {
        io.stderr.write("\n");
        settle();
      };
      prompt.once("SIGINT", () => leave(() => reject(new Interruption("SIGINT"))));
      prompt.once("close", () => leave(() => resolve(false)));
      prompt.question(`${question} [y/N] `, { signal: io.signal }).then(
        (text) => resolve(/^y(?:es)?$/i.test(text.trim())),
        // By io.signal, or by Ctrl-D, which has closed it already.
        () => prompt.close(),
      );
    });
    io.signal.throwIfAborted();
    return answer;
  } finally {
    prompt.removeAllListeners("close");
    prompt.close();
  }
}
