import { describe, expect, it } from "vitest";
import { quotaShortfalls } from "../../../shared/rollout/quota-shortfall.ts";

const surge = { surge: 5, pods: 10 };

describe("the quota of a namespace", () => {
  it.each([
    ["pods", "15", "10", []],
    ["pods", "14", "10", ["pods"]],
    ["count/pods", "14", "10", ["count/pods"]],
    // Ten pods use one CPU: five more need half of one.
    ["requests.cpu", "1500m", "1", []],
    ["requests.cpu", "1499m", "1", ["requests.cpu"]],
    ["cpu", "1", "1", ["cpu"]],
    ["requests.memory", "1920Mi", "1280Mi", []],
    ["limits.memory", "1919Mi", "1280Mi", ["limits.memory"]],
    ["limits.memory", "2Gi", "1280Mi", []],
    // Of what no pod uses the average is nothing.
    ["limits.cpu", "1", "0", []],
  ])("%s: %s, of which %s are used", (resource, hard, used, expected) => {
    const found = quotaShortfalls({ hard: { [resource]: hard }, used: { [resource]: used } }, surge);
    expect(found.map((shortfall) => shortfall.resource)).toEqual(expected);
  });

  it("of what pods do not add to is left out, and so is what cannot be read", () => {
    const hard = { services: "1", persistentvolumeclaims: "1", "requests.cpu": "much" };
    const used = { services: "1", persistentvolumeclaims: "1", "requests.cpu": "1" };
    expect(quotaShortfalls({ hard, used }, surge)).toEqual([]);
  });

  it("says each shortage with its amounts, and needs no pods to be there", () => {
    const hard = { pods: "3", "limits.cpu": "1" };
    expect(quotaShortfalls({ hard, used: { "limits.cpu": "1" } }, { surge: 5, pods: 0 })).toEqual([
      { resource: "pods", hard: "3", used: "0" },
    ]);
  });
});
