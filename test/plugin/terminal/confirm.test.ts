import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { Interruption } from "../../../plugin/io.ts";
import { printError } from "../../../plugin/print-error.ts";
import { confirm } from "../../../plugin/terminal/confirm.ts";
import { memoryIo } from "../memory-io.ts";

/** A person at a terminal: what they type, and what they are asked. */
function terminal(typed: string, signal = new AbortController().signal) {
  const stdin = new PassThrough();
  const { io, written } = memoryIo({ stdin, stdinIsTerminal: true, stderrIsTerminal: true, signal });
  // readline edits a line itself, and reads Ctrl-C and Ctrl-D as keys, where its output is a terminal.
  Object.assign(io.stderr, { isTTY: true });
  const answer = confirm("Go on?", io, "pass --yes");
  stdin.write(typed);
  return { io, written, answer };
}

describe("a yes-or-no question", () => {
  it.each([
    ["y\r", true],
    ["YES\r", true],
    ["n\r", false],
    ["\r", false],
    ["yesterday\r", false],
  ])("takes %j for %s", async (typed, expected) => {
    expect(await terminal(typed).answer).toBe(expected);
  });

  it("takes Ctrl-D for no", async () => {
    expect(await terminal("\u0004").answer).toBe(false);
  });

  it("takes Ctrl-C for an interruption, which is no bug", async () => {
    const { answer, io, written } = terminal("\u0003");
    const error = await answer.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Interruption);
    expect(printError(error, [], io)).toBe(130);
    expect((await written()).stderr).toMatch(/Go on\? \[y\/N\] .*\ninterrupted\n$/s);
  });

  it("says what to do where there is no terminal", async () => {
    await expect(confirm("Go on?", memoryIo().io, "pass --yes")).rejects.toThrow(
      "there is no terminal to ask on; pass --yes",
    );
  });

  it("ends with the signal that ends the command", async () => {
    const stop = new AbortController();
    const { answer, io } = terminal("", stop.signal);
    stop.abort(new Interruption("SIGTERM"));
    const error = await answer.catch((reason: unknown) => reason);
    expect(printError(error, [], io)).toBe(143);
  });
});
