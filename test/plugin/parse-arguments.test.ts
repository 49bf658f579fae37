import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FlagDefinitions } from "../../plugin/command.ts";
import { UsageError } from "../../plugin/errors.ts";
import { parseArguments, suggestion } from "../../plugin/parse-arguments.ts";

const flags = {
  output: { type: "enum", alias: "o", options: ["json", "yaml"], description: "Format" },
  namespace: { type: "string", alias: "n", description: "Namespace" },
  "as-group": { type: "string", multiple: true, description: "Group" },
  "dry-run": { type: "enum", options: ["none", "client"], default: "none", description: "Mode" },
  yes: { type: "boolean", alias: "y", description: "Do not ask" },
} as const satisfies FlagDefinitions;

const command = {
  name: "upgrade",
  group: "Rollouts",
  summary: "Move sites",
  operands: { usage: "VERSION [SITE...]", min: 1, max: 3 },
  examples: [],
  flags,
} as const;

function parse(...args: string[]) {
  return parseArguments(command, args);
}

function refusal(...args: string[]): string {
  try {
    parse(...args);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("parseArguments", () => {
  it.each([[["-o", "json"]], [["-o=json"]], [["-ojson"]], [["--output=json"]], [["--output", "json"]]])(
    "reads %j as kubectl does",
    (args) => {
      expect(parse("v1", ...args).flags.output).toBe("json");
    },
  );

  it("keeps every value of a repeated flag", () => {
    expect(parse("v1", "--as-group", "a", "--as-group=b").flags["as-group"]).toEqual(["a", "b"]);
  });

  it("gives defaults for what was not said", () => {
    expect(parse("v1").flags).toEqual({
      output: undefined,
      namespace: undefined,
      "as-group": [],
      "dry-run": "none",
      yes: false,
    });
  });

  it("reads booleans with and without a value", () => {
    expect(parse("v1", "-y").flags.yes).toBe(true);
    expect(parse("v1", "--yes=false").flags.yes).toBe(false);
  });

  it("takes what follows -- as operands", () => {
    expect(parse("v1", "--", "--yes").operands).toEqual(["v1", "--yes"]);
  });

  it.each([
    [["v1", "--namespce", "x"], "unknown flag --namespce; did you mean --namespace?"],
    [["v1", "--zzzzzz"], "unknown flag --zzzzzz; see kubectl subscribie upgrade --help"],
    [["v1", "-z"], "unknown flag -z; see kubectl subscribie upgrade --help"],
    [["v1", "-n"], "-n needs a value: -n VALUE"],
    [["v1", "-o", "xml"], "-o is one of json, yaml, not 'xml'"],
    [["v1", "-n", "a", "-n", "b"], "-n was given twice; give it once"],
    [["v1", "--yes=maybe"], "--yes is true or false, not 'maybe'"],
    [[], "upgrade needs an argument; usage: kubectl subscribie upgrade VERSION [SITE...]"],
    [["v1", "a", "b", "c"], "upgrade does not take 'c'; usage: kubectl subscribie upgrade VERSION [SITE...]"],
    [["v1", "--__proto__", "x"], "unknown flag --__proto__; see kubectl subscribie upgrade --help"],
  ])("refuses %j", (args, message) => {
    expect(refusal(...args)).toBe(message);
  });

  it("shows no terminal escape of an argument", () => {
    expect(refusal("v1", "--\u001b[31mred")).not.toContain("\u001b");
  });

  it("either parses any argument list or refuses it as wrong usage", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom("-o", "--yes", "-n", "--", "-", "json"))),
        (args) => {
          const result = refusal(...args);
          expect(result).not.toMatch(/\p{Cc}/u);
        },
      ),
    );
  });
});

describe("suggestion", () => {
  it("offers the nearest word, and none when nothing is near", () => {
    expect(suggestion("upgade", ["upgrade", "rollback"])).toBe("upgrade");
    expect(suggestion("xyz", ["upgrade", "rollback"])).toBeUndefined();
  });
});
