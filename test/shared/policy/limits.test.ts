import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { defaultLimits, LimitsError, parseLimits } from "../../../shared/policy/limits.ts";

const mistakes = (yaml: string) => {
  try {
    parseLimits(parse(yaml));
  } catch (error) {
    return error instanceof LimitsError ? error.message : error;
  }
  return "none";
};

describe("limits", () => {
  it("are the default policy for an empty file", () => {
    expect(parseLimits(parse(""))).toEqual(defaultLimits);
    expect(parseLimits(parse("# nothing but a comment"))).toEqual(defaultLimits);
  });

  it("have a default for every field of a section that names only one", () => {
    expect(parseLimits(parse("replicas: {maximum: 3}")).replicas).toEqual({ minimum: 0, maximum: 3 });
  });

  it("take quantities as YAML has them", () => {
    const { maximum } = parseLimits(parse("resources: {maximum: {cpu: 4, memory: 4Gi}}")).resources;
    expect(maximum).toEqual({ cpu: "4", memory: "4Gi" });
  });

  it("name every mistake", () => {
    expect(mistakes("replicas: {maximum: many, minimun: 1}\nvolume: {}")).toMatch(
      /replicas.maximum: .*; replicas: .*minimun.*; the file: .*volume/,
    );
  });

  it("refuse a control that does not exist, and a mode that does not exist", () => {
    expect(mistakes("controls: {host-netwrok: warn}")).toContain("controls");
    expect(mistakes("controls: {privileged: off}")).toContain("controls.privileged");
  });

  it("refuse an exemption without a reason, an end or a place", () => {
    expect(mistakes("exemptions: [{controls: [privileged], site: soap, expires: 2026-12-31}]")).toContain(
      "reason",
    );
    expect(mistakes("exemptions: [{controls: [privileged], site: soap, reason: because I can}]")).toContain(
      "expires",
    );
    expect(
      mistakes("exemptions: [{controls: [privileged], reason: because I can, expires: 2026-12-31}]"),
    ).toContain("names a namespace, a site or both");
  });

  it("refuse defaults that the limits would refuse", () => {
    expect(mistakes("resources: {maximum: {memory: 256Mi}}")).toBe(
      "defaults.limits.memory: is more than resources.maximum.memory",
    );
    expect(mistakes("defaults: {requests: {memory: 1Gi}, limits: {memory: 512Mi}}")).toContain(
      "defaults.requests.memory: is more than defaults.limits.memory",
    );
    expect(mistakes("terminationGracePeriodSeconds: {maximum: 10}")).toContain(
      "defaults.terminationGracePeriodSeconds",
    );
  });

  it("refuse what is no map", () => {
    expect(mistakes("- a")).toContain("the file");
    expect(mistakes("just text")).toContain("the file");
  });
});
