import xterm from "@xterm/headless";
import { spawn } from "node:child_process";
import { beforeEach, describe, expect, it } from "vitest";

import { controlPlane } from "../control-plane/test-cluster.ts";
import { createFleet, type Fleet } from "./fleet.ts";
import { transcriptEnvironment, withWords } from "./transcript.ts";

let fleet: Fleet;

beforeEach(async () => {
  fleet = await createFleet(3);
});

interface Session {
  /** What was written to the terminal, escape sequences and all. */
  readonly written: string;
  readonly code: number | null;
  /** What stands on the terminal at the end, without empty lines. */
  readonly screen: readonly string[];
}

/**
 * Runs a shell command on a pseudo-terminal of its own, made by util-linux's script.
 *
 * @param answers typed as soon as the pattern was written: keys, or Ctrl-C as \u0003
 */
async function onTerminal(
  command: string,
  options: {
    readonly columns?: number;
    readonly environment?: Readonly<Record<string, string>>;
    readonly answers?: readonly (readonly [RegExp, string])[];
  } = {},
): Promise<Session> {
  const columns = options.columns ?? 100;
  const child = spawn("script", ["-qefc", `stty cols ${columns} rows 40; ${command}`, "/dev/null"], {
    env: { ...transcriptEnvironment(), TERM: "xterm-256color", SHELL: "/bin/sh", ...options.environment },
  });
  const answers = [...(options.answers ?? [])];
  let written = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    written += text;
    const [pattern, keys] = answers[0] ?? [];
    if (pattern?.test(written) === true) {
      answers.shift();
      child.stdin.write(keys);
    }
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { written, code, screen: await screenOf(written, columns) };
}

async function screenOf(written: string, cols: number): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols, rows: 40, allowProposedApi: true, scrollback: 1_000 });
  await new Promise<void>((resolve) => terminal.write(written, resolve));
  const { active } = terminal.buffer;
  return Array.from(
    { length: active.length },
    (_, row) => active.getLine(row)?.translateToString(true) ?? "",
  ).filter((line) => line !== "");
}

const subscribie = (line: string) =>
  `${controlPlane.binaries.kubectl} subscribie ${line} -n ${fleet.namespace}`;
const quick = "--canary 1 --soak 0s";

/** What begins an escape sequence. */
const escape = "\u001b";
// oxlint-disable-next-line no-control-regex -- colours begin with one
const colour = /\u001b\[[\d;]*m/;

describe("on a terminal", () => {
  it("an upgrade leaves its result on the screen, and no half-drawn line", async () => {
    const { code, screen, written } = await onTerminal(subscribie(`upgrade v0.11 ${quick}`));
    expect(code).toBe(0);
    expect(written).toContain(`${escape}[?25h`);
    expect(written).toMatch(colour);
    const text = withWords(screen.join("\n"), { [fleet.namespace]: "SHOPS" });
    expect(text).toMatch(/upgrade ROLLOUT to v0\.11: Complete after DURATION\n3 sites: 3 updated$/);
  });

  it.each([
    ["--no-color", {}],
    ["", { NO_COLOR: "1" }],
    ["", { TERM: "dumb" }],
  ])("colours nothing with '%s' and %j", async (flag, environment) => {
    const { code, written } = await onTerminal(subscribie(`upgrade v0.11 ${quick} ${flag}`), { environment });
    expect(code).toBe(0);
    expect(written).not.toMatch(colour);
  });

  it("moves no cursor on a dumb terminal", async () => {
    const { code, written } = await onTerminal(subscribie(`upgrade v0.11 ${quick}`), {
      environment: { TERM: "dumb" },
    });
    expect(code).toBe(0);
    expect(written).not.toContain(escape);
  });

  it("fits 40 columns: no line of the live display wraps", async () => {
    const { code, screen } = await onTerminal(subscribie(`upgrade v0.11 ${quick}`), { columns: 40 });
    expect(code).toBe(0);
    // A line that had wrapped would have left pieces of the display behind.
    expect(screen.filter((line) => /\d+\/3/.test(line)).length).toBeLessThanOrEqual(1);
    expect(screen.join("")).toContain("3 sites: 3 updated");
  });

  it("shows nothing but the result with --quiet", async () => {
    const { code, screen, written } = await onTerminal(subscribie(`upgrade v0.11 ${quick} --quiet`));
    expect(code).toBe(0);
    expect(written).not.toContain(escape);
    expect(screen).toHaveLength(2);
  });

  it.each([
    ["n", 1, "v0.10", "nothing was changed"],
    ["y", 0, "v0.11", "3 sites: 3 updated"],
  ])("asks before it starts with -i, and takes the answer %s", async (answer, exitCode, version, last) => {
    const { code, screen } = await onTerminal(subscribie(`upgrade v0.11 ${quick} -i`), {
      answers: [[/\[y\/N\] /, `${answer}\r`]],
    });
    expect(code).toBe(exitCode);
    expect(Object.values(await fleet.versions())).toEqual([version, version, version]);
    expect(screen.at(-1)).toBe(last);
  });

  it("Ctrl-C stops an upgrade, says how to go on, and exits with 130", async () => {
    const { code, screen, written } = await onTerminal(subscribie("upgrade v0.11 --canary 1 --soak 1h"), {
      answers: [[/soak/i, "\u0003"]],
    });
    expect(code).toBe(130);
    expect(written.lastIndexOf(`${escape}[?25h`)).toBeGreaterThan(written.lastIndexOf(`${escape}[?25l`));
    const text = withWords(screen.join("\n"), { [fleet.namespace]: "SHOPS" });
    expect(text).toContain("kubectl subscribie resume ROLLOUT -n SHOPS");
  });

  it("a reader that leaves early is no error, and stops no rollout", async () => {
    const { code, written } = await onTerminal(`${subscribie(`upgrade v0.11 ${quick} -o wide`)} | head -1`);
    expect(code).toBe(0);
    expect(written).not.toMatch(/EPIPE|error/);
    expect(Object.values(await fleet.versions())).toEqual(["v0.11", "v0.11", "v0.11"]);
  });

  it("a report is not poured over the terminal", async () => {
    const { code, screen } = await onTerminal(subscribie("report"));
    expect(code).toBe(2);
    expect(screen.join("")).toContain("name a file with --output-file report.html, or redirect it");
  });
});
