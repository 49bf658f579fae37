import { describe, expect, it } from "vitest";
import { parseConfiguration } from "../../../plugin/configuration/configuration-file.ts";
import { configurationFile } from "../../../plugin/configuration/configuration-path.ts";
import { resolveSettings } from "../../../plugin/configuration/settings.ts";

const configuration = parseConfiguration(
  `
fleet: production
fleets:
  production: { context: prod, namespace: shops, recordNamespace: records }
  staging: { context: stage, couchdb: { secret: { name: queue } } }
`,
  "config.yaml",
);

function resolve(flags: Record<string, string>, env: Record<string, string> = {}) {
  const { fleet, values } = resolveSettings((name) => flags[name], env, configuration);
  const settings = Object.entries(values).map(([name, { value, from }]) => `${name}=${value} by ${from}`);
  return [fleet?.name, ...settings];
}

describe("the settings", () => {
  it("are those of the fleet that is meant by default", () => {
    expect(resolve({})).toEqual([
      "production",
      "context=prod by fleet production",
      "namespace=shops by fleet production",
      "record-namespace=records by fleet production",
    ]);
  });

  it("are those of the fleet that the variable names, and rather that which the flag names", () => {
    expect(resolve({}, { SUBSCRIBIE_FLEET: "staging" })).toEqual([
      "staging",
      "context=stage by fleet staging",
    ]);
    expect(resolve({ fleet: "staging" }, { SUBSCRIBIE_FLEET: "production" })[0]).toBe("staging");
  });

  it("are a flag's rather than a variable's, and a variable's rather than the file's", () => {
    expect(
      resolve(
        { "record-namespace": "here" },
        { SUBSCRIBIE_RECORD_NAMESPACE: "there", SUBSCRIBIE_NAMESPACE: "mine" },
      ),
    ).toEqual([
      "production",
      "context=prod by fleet production",
      "namespace=mine by SUBSCRIBIE_NAMESPACE",
      "record-namespace=here by --record-namespace",
    ]);
  });

  it.each(["context", "kubeconfig", "server", "cluster"])(
    "of the usual fleet are left aside when --%s names another cluster",
    (flag) => {
      const [fleet, ...settings] = resolve({ [flag]: "x" });
      expect(fleet).toBeUndefined();
      expect(settings).toEqual(flag === "context" ? ["context=x by --context"] : []);
    },
  );

  it("of a fleet that was named hold, but for the flag that was given too", () => {
    expect(resolve({ fleet: "production", context: "x" }).slice(0, 3)).toEqual([
      "production",
      "context=x by --context",
      "namespace=shops by fleet production",
    ]);
  });

  it.each([
    ["prodution", "no fleet 'prodution' in the configuration; did you mean production?"],
    ["elsewhere", "no fleet 'elsewhere' in the configuration; it has production, staging"],
    ["constructor", "no fleet 'constructor' in the configuration; it has production, staging"],
  ])("are refused for the fleet %s, which is not there", (fleet, message) => {
    expect(() => resolve({ fleet })).toThrow(message);
  });
});

describe("the configuration file", () => {
  it.each([
    [{ XDG_CONFIG_HOME: "/etc/xdg", HOME: "/home/sam" }, "/etc/xdg/subscribie/config.yaml"],
    [{ XDG_CONFIG_HOME: "relative", HOME: "/home/sam" }, "/home/sam/.config/subscribie/config.yaml"],
    [{ HOME: "/home/sam" }, "/home/sam/.config/subscribie/config.yaml"],
  ])("with %j is %s", (env, file) => expect(configurationFile(env)).toBe(file));

  it.each([
    ["", { fleets: {} }],
    ["fleet: a", { fleet: "a", fleets: {} }],
  ])("%j is read", (text, read) => expect(parseConfiguration(text, "config.yaml")).toEqual(read));

  it.each([
    ["flets: {}", 'its top: Unrecognized key: "flets"'],
    ["fleets: {a: {nmespace: x}}", 'fleets.a: Unrecognized key: "nmespace"'],
    ["fleets: {a: {couchdb: {secret: {name: q, password: x}}}}", "fleets.a.couchdb.secret"],
    ["fleets: [", "it is no YAML"],
    ["a: &x [1]\nb: *x", "it is no YAML"],
  ])("%j is refused, and says where", (text, message) => {
    expect(() => parseConfiguration(text, "config.yaml")).toThrow(
      `the configuration config.yaml cannot be used: ${message}`,
    );
  });
});
