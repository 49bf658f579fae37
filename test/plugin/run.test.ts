import { describe, expect, it } from "vitest";
import { commandTable } from "../../plugin/command-table.ts";
import { run } from "../../plugin/run.ts";
import { memoryIo } from "./memory-io.ts";

async function runLine(line: string, env: Record<string, string> = {}) {
  const { io, written } = memoryIo({ env });
  const exitCode = await run(line.split(" ").filter(Boolean), io);
  return { exitCode, ...(await written()) };
}

describe("kubectl subscribie", () => {
  it("shows every command when it is asked for nothing", async () => {
    const { exitCode, stdout } = await runLine("");
    expect(exitCode).toBe(0);
    for (const name of commandTable.keys()) expect(stdout).toContain(`  ${name} `);
  });

  it.each(["version --help", "version -h", "help version", "--help version", "-n x version --help"])(
    "shows a command's help for '%s'",
    async (line) => {
      const { exitCode, stdout } = await runLine(line);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^Show the plugin's version/);
    },
  );

  it("finds a command by its other name", async () => {
    expect((await runLine("get --help")).stdout).toMatch(/^List the sites/);
  });

  it.each(["--namespace shops version -o json", "-n shops -o json version", "-ojson version --context x"])(
    "takes flags before the command too: %s",
    async (line) => {
      const { exitCode, stdout } = await runLine(line);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ clientVersion: expect.stringMatching(/^v\d/) });
    },
  );

  it("takes flags between the two words of a command", async () => {
    const { exitCode, stdout } = await runLine("config -o json view", { HOME: "/nowhere" });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ file: null });
  });

  it("has no two commands of which one takes a value after a flag, or a letter, that is another's switch", async () => {
    const meanings = new Map<string, string>();
    for (const load of commandTable.values()) {
      for (const [name, { type, alias }] of Object.entries((await load()).flags)) {
        const meaning = `${type === "boolean" ? "switch" : "value"} ${[alias ?? []].flat().join(",")}`;
        expect(meanings.get(name) ?? meaning).toBe(meaning);
        meanings.set(name, meaning);
      }
    }
  });

  it.each([
    ["upgrde v1", /^error: unknown command 'upgrde'/],
    ["versoin", /^error: unknown command 'versoin'; did you mean kubectl subscribie version\?\n$/],
    ["version --outptu json", /^error: unknown flag --outptu; did you mean --output\?\n$/],
    ["version extra", /^error: version does not take 'extra'; usage: kubectl subscribie version\n$/],
    ["--version", /^error: no command was given; see kubectl subscribie --help\n$/],
    ["-n shops", /^error: no command was given/],
    ["resume --soak soon", /^error: --soak: found "soon"; allowed are durations/],
    ["upgrade v0.11 --in-flight many", /^error: --in-flight: found "many"; allowed are a number/],
    ["constructor", /^error: unknown command 'constructor'/],
    ["__proto__ x", /^error: unknown command '__proto__'/],
  ])("refuses '%s' in one line, with exit code 2", async (line, message) => {
    const { exitCode, stdout, stderr } = await runLine(line);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it.each([
    [
      "sites --kubeconfig /nowhere/config",
      /the kubeconfig cannot be read: .*check --kubeconfig and KUBECONFIG/,
    ],
    ["sites", /no cluster is configured: set KUBECONFIG/],
    [
      "sites --server https://127.0.0.1:1",
      /no answer from https:\/\/127\.0\.0\.1:1: .*check that the cluster is up/,
    ],
  ])("says for '%s' what is wrong and how to mend it", async (line, message) => {
    const { exitCode, stderr } = await runLine(line, { HOME: "/nowhere" });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("shows the stack of an error only when asked", async () => {
    const { stderr } = await runLine("sites --kubeconfig /nowhere/config -v=8");
    expect(stderr).toMatch(/\n {4}at /);
  });
});

describe("the help of every command", () => {
  it.each([...commandTable])("%s: is as reviewed", async (_name, load) => {
    const command = await load();
    expect((await runLine(`${command.name} --help`)).stdout).toMatchSnapshot();
  });
});
