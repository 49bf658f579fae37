import { expect, test } from "vitest";
import { commandTable } from "../../../plugin/command-table.ts";
import { type NameSource, complete } from "../../../plugin/completion/complete.ts";
import { operandKind } from "../../../plugin/completion/operand-kind.ts";
import { completionScript, writeCompletion } from "../../../plugin/completion/write-completion.ts";
import { memoryIo } from "../memory-io.ts";

/** A cluster with two sites, that remembers what it was asked. */
function fakeNames(): NameSource & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  const names = {
    site: ["books", "honey"],
    version: ["v0.10", "v0.11"],
    rollout: ["20261123-1"],
    namespace: ["default", "shops"],
    context: ["production"],
    fleet: ["staging"],
  };
  return {
    asked,
    async names(kind, flags) {
      asked.push({ kind, flags });
      return await Promise.resolve(names[kind]);
    },
  };
}

async function values(...words: readonly string[]): Promise<readonly string[]> {
  return (await complete(words, fakeNames())).choices.map(({ value }) => value);
}

test("the first word is a command, with what it does", async () => {
  const { choices, directive } = await complete(["ver"], fakeNames());
  expect(choices).toEqual([
    { value: "version", description: (await commandTable.get("version")?.())?.summary },
  ]);
  expect(directive).toBe(4);
});

test("every command is offered, a group of commands once", async () => {
  const firstWords = new Set([...commandTable.keys()].map((name) => name.split(" ")[0] ?? ""));
  expect(await values("")).toEqual([...firstWords]);
});

test("a group's second word follows its first", async () => {
  expect(await values("queue", "re")).toEqual(["retry"]);
});

test("kubectl's flags may stand before the command", async () => {
  expect(await values("-n", "shops", "--context=production", "rollb")).toEqual(["rollback"]);
});

test("a command's other name is completed like its own", async () => {
  expect(await values("get", "b")).toEqual(["books"]);
  expect(await values("undo", "--rollo")).toEqual(["--rollout"]);
});

test("a command's flags are offered, but for those that are there already", async () => {
  expect(await values("version", "--out")).toEqual(["--output"]);
  expect(await values("version", "--output", "json", "--out")).toEqual([]);
  expect(await values("upgrade", "--exclude", "books", "--excl")).toEqual(["--exclude"]);
});

test.each([
  [
    ["version", "-o", ""],
    ["json", "yaml"],
  ],
  [["version", "-o", "y"], ["yaml"]],
  [["version", "--output=j"], ["--output=json"]],
  [["sites", "-n", "sh"], ["shops"]],
  [["sites", "--namespace=sh"], ["--namespace=shops"]],
  [["sites", "--context", ""], ["production"]],
  [["sites", "--fleet", ""], ["staging"]],
  [
    ["upgrade", "v0.11", "--from-version=v0.1"],
    ["--from-version=v0.10", "--from-version=v0.11"],
  ],
  [["upgrade", "v0.11", "--exclude", "b"], ["books"]],
])("the value of a flag: %j", async (words, expected) => {
  expect(await values(...words)).toEqual(expected);
});

test("a file's name is the shell's to complete", async () => {
  expect(await complete(["lint", "-f", ""], fakeNames())).toEqual({ choices: [], directive: 0 });
});

test.each([
  [
    ["sites", ""],
    ["books", "honey"],
  ],
  [["sites", "books", ""], ["honey"]],
  [
    ["upgrade", ""],
    ["v0.10", "v0.11"],
  ],
  [["upgrade", "v0.11", "h"], ["honey"]],
  [
    ["upgrade", "--canary", "none", ""],
    ["v0.10", "v0.11"],
  ],
  [["status", ""], ["20261123-1"]],
  [["status", "20261123-1", ""], []],
  [["status", "site/h"], ["site/honey"]],
  [
    ["rollback", ""],
    ["books", "honey"],
  ],
  [["version", ""], []],
])("an operand: %j", async (words, expected) => {
  expect(await values(...words)).toEqual(expected);
});

test("names are those of the cluster and the namespace that were typed", async () => {
  const source = fakeNames();
  await complete(["sites", "-n", "shops", "--context=production", ""], source);
  expect(source.asked).toEqual([{ kind: "site", flags: { namespace: "shops", context: "production" } }]);
});

test("every usage line of a command is understood", async () => {
  for (const load of commandTable.values()) {
    const { operands } = await load();
    if (operands === undefined) continue;
    const isOurs = /SITE|ROLLOUT|VERSION/.test(operands.usage);
    expect([operands.usage, operandKind(operands.usage, 0) !== "none"]).toEqual([operands.usage, isOurs]);
  }
});

test("a cluster that does not answer is no error, and no choice", async () => {
  const { io, written } = memoryIo({ env: { KUBECONFIG: "/nonexistent" } });
  expect(await writeCompletion(["sites", ""], io)).toBe(0);
  expect(await written()).toEqual({ stdout: ":4\n", stderr: "" });
});

test("without words it is the program that kubectl calls", async () => {
  const { io, written } = memoryIo();
  await writeCompletion([], io);
  expect(await written()).toEqual({ stdout: completionScript, stderr: "" });
});
