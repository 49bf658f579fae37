import { describe, expect, it } from "vitest";
import { followUpFlags } from "../../../plugin/rollout/record-scope.ts";

const unset = { namespace: undefined, "all-namespaces": false, "record-namespace": undefined };

describe("the flags of a command that goes on with another", () => {
  it.each([
    [{}, ""],
    [{ namespace: "shops" }, " -n shops"],
    [{ namespace: "shops", "all-namespaces": true }, " -A"],
    [
      { context: "prod", server: "https://[::1]:6443", as: "system:admin", "record-namespace": "records" },
      " --context prod --server 'https://[::1]:6443' --as system:admin --record-namespace records",
    ],
  ])("of %j name the same cluster and sites", (given, expected) => {
    expect(followUpFlags({ ...unset, ...given })).toBe(expected);
  });

  it("can be pasted into a shell, whatever a context is called", () => {
    expect(followUpFlags({ ...unset, context: "it's $(reboot) prod" })).toBe(
      " --context 'it'\\''s $(reboot) prod'",
    );
  });

  it("hold no token", () => {
    const given = { ...unset, token: "hunter2", context: "prod" };
    expect(followUpFlags(given)).toBe(" --context prod");
  });
});
