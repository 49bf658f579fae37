import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../../webhook/config.ts";
import { parseTimeout } from "../../webhook/deadline.ts";

const files = ["--tls-cert-file", "a", "--tls-private-key-file", "b"];

describe("parseConfig", () => {
  it("takes a certificate from files", () => {
    expect(parseConfig([...files, "--port", "9443", "--limits-file", "l.yaml"], {})).toMatchObject({
      port: 9443,
      limitsFile: "l.yaml",
      certificate: { kind: "files", certificateFile: "a", privateKeyFile: "b" },
    });
  });

  it("keeps its own in the cluster without", () => {
    expect(parseConfig([], { POD_NAMESPACE: "ours" })?.certificate).toEqual({
      kind: "cluster",
      namespace: "ours",
      service: "subscribie-webhook",
      secret: "subscribie-webhook-certificate",
      webhookConfiguration: "subscribie",
      extraNames: [],
      kubeconfig: undefined,
    });
  });

  it.each([
    [["--prot", "1"], "--prot"],
    [["--port", "-1"], "--port"],
    [["--port", "65536"], "--port has to be a whole number of at most 65535"],
    [["--port", "0x10"], "--port"],
    [["--port"], "--port"],
    [["serve"], "serve"],
    [["--tls-cert-file", "a"], "go together"],
    [["--log-level", "loud"], "--log-level has to be one of error, warn, info, debug"],
  ])("refuses %j in one line", (argumentList, message) => {
    expect(() => parseConfig(argumentList, {})).toThrow(ConfigError);
    expect(() => parseConfig(argumentList, {})).toThrow(message);
  });

  it("is nothing when help was asked for", () => {
    expect(parseConfig(["--help"], {})).toBeUndefined();
  });
});

describe("parseTimeout", () => {
  it.each([
    ["10s", 10_000],
    ["1m30s", 90_000],
    ["500ms", 500],
    ["1.5s", 1500],
    ["1h", 3_600_000],
  ])("reads %s", (text, expected) => expect(parseTimeout(text)).toBe(expected));

  it.each(["", "10", "s", "-1s", "1s1", "soon", "1s".repeat(100)])("refuses %j", (text) =>
    expect(parseTimeout(text)).toBeUndefined(),
  );
});
