import fc from "fast-check";
import jsonPatch from "fast-json-patch";
import { describe, expect, test } from "vitest";
import { observeDeployment, type ObservedSite } from "../../../shared/rollout/observed-site.ts";
import { observeReplicaSet } from "../../../shared/rollout/observed-replica-set.ts";
import { planRollback } from "../../../shared/rollout/plan-rollback.ts";
import { planRestart, planUpgrade } from "../../../shared/rollout/plan-upgrade.ts";
import type { RolloutPlan } from "../../../shared/rollout/rollout-plan.ts";
import { sitePatch, type PatchContents } from "../../../shared/rollout/site-patch.ts";
import { defaultStrategy } from "../../../shared/rollout/strategy.ts";
import {
  image10,
  image11,
  observedReplicaSet,
  observedSite,
  rawDeployment,
  rawReplicaSet,
  rawTemplate,
  replicaSetIndex,
} from "./site-fixture.ts";

const upgradeId = "u-20261123-203015-x7k2";
const rollbackId = "r-20261123-210000-abcd";
const base = { container: "subscribie", strategy: defaultStrategy.upgrade };

function patchOf(plan: RolloutPlan, site: ObservedSite, contents: Omit<PatchContents, "site"> = {}) {
  const [planned] = plan.sites;
  if (planned === undefined) throw new Error("the plan has no site");
  return sitePatch(plan, planned, { site, ...contents });
}

/** Applies a patch as the API server does, tests included; throws when one fails. */
function applied(raw: unknown, operations: ReturnType<typeof patchOf>): unknown {
  return jsonPatch.applyPatch(structuredClone(raw), operations, true).newDocument;
}

function upgradePlan(
  site: ObservedSite,
  replicaSets = replicaSetIndex([observedReplicaSet({ name: "soap-2", revision: 2 })]),
) {
  return planUpgrade([site], replicaSets, { ...base, id: upgradeId, target: { kind: "tag", tag: "v0.11" } });
}

function rollbackPlan(site: ObservedSite, replicaSets = replicaSetIndex()) {
  return planRollback([site], replicaSets, {
    ...base,
    id: rollbackId,
    request: { kind: "rollout", id: upgradeId },
  });
}

describe("an upgrade's patch", () => {
  test("changes the image and records what was there, in one request", () => {
    const raw = rawDeployment();
    const after = observeDeployment(
      applied(raw, patchOf(upgradePlan(observeDeployment(raw)), observeDeployment(raw))),
    );
    expect(after.containers[0]?.image).toBe(image11);
    expect(after.annotations).toEqual({
      rollout: upgradeId,
      previousReplicaSet: "soap-2",
      previousImage: image10,
    });
    expect(after.changeCause).toBe(`subscribie upgrade v0.11 (rollout ${upgradeId})`);
  });

  test("leaves every other annotation and all of the template's rest as they are", () => {
    const raw = rawDeployment();
    const site = observeDeployment(raw);
    const after = applied(raw, patchOf(upgradePlan(site), site));
    expect(after).toMatchObject({
      metadata: { annotations: { "example.com/owner": "sam", "deployment.kubernetes.io/revision": "2" } },
      spec: { template: { spec: { ...Object(rawTemplate()["spec"]), containers: [{ image: image11 }] } } },
    });
  });

  test("removes what a rollback had left", () => {
    const annotations = {
      "deployment.kubernetes.io/revision": "2",
      "subscribie.co.uk/rolled-back": "u-1",
      "subscribie.co.uk/rolled-back-by": "r-1",
      "subscribie.co.uk/rolled-back-from": "soap-9",
    };
    const raw = rawDeployment({ metadata: { annotations } });
    const site = observeDeployment(raw);
    const after = observeDeployment(applied(raw, patchOf(upgradePlan(site), site)));
    expect(Object.keys(after.annotations)).toEqual(["rollout", "previousReplicaSet", "previousImage"]);
  });

  test("makes the annotations of a Deployment that has none", () => {
    const raw = rawDeployment({ metadata: { annotations: undefined } });
    const site = observeDeployment(JSON.parse(JSON.stringify(raw)));
    const after = observeDeployment(
      applied(JSON.parse(JSON.stringify(raw)), patchOf(upgradePlan(site), site)),
    );
    expect(after.annotations).toEqual({ rollout: upgradeId, previousImage: image10 });
  });

  test("records no ReplicaSet while the controller has not seen the Deployment as it is", () => {
    const raw = rawDeployment({ status: { observedGeneration: 2 } });
    const site = observeDeployment(raw);
    const operations = patchOf(upgradePlan(site), site);
    expect(observeDeployment(applied(raw, operations)).annotations.previousReplicaSet).toBeUndefined();
    expect(operations.filter(({ op }) => op === "test").map(({ path }) => path)).not.toContain(
      "/metadata/annotations/deployment.kubernetes.io~1revision",
    );
  });

  test.each([
    ["is another one by the same name", { metadata: { uid: "another" } }],
    [
      "has another image by now",
      { template: { spec: { containers: [{ name: "subscribie", image: "other:1" }] } } },
    ],
    [
      "has another container in that place",
      {
        template: {
          spec: {
            containers: [
              { name: "sidecar", image: image10 },
              { name: "subscribie", image: image10 },
            ],
          },
        },
      },
    ],
    [
      "has another template by now",
      { metadata: { annotations: { "deployment.kubernetes.io/revision": "3" } } },
    ],
  ])("fails on a Deployment that %s", (_what, different) => {
    const site = observeDeployment(rawDeployment());
    const operations = patchOf(upgradePlan(site), site);
    expect(() => applied(rawDeployment(different), operations)).toThrow(/Test operation failed/);
  });

  test("applies to a Deployment that was only scaled, or whose status moved", () => {
    const site = observeDeployment(rawDeployment());
    const moved = rawDeployment({
      metadata: { generation: 9, resourceVersion: "5000" },
      spec: { replicas: 4 },
      status: { availableReplicas: 3 },
    });
    expect(() => applied(moved, patchOf(upgradePlan(site), site))).not.toThrow();
  });

  test("applied a second time fails, so that a repeated request changes nothing", () => {
    const raw = rawDeployment();
    const site = observeDeployment(raw);
    const operations = patchOf(upgradePlan(site), site);
    expect(() => applied(applied(raw, operations), operations)).toThrow(/Test operation failed/);
  });

  test("finds its container wherever it stands", () => {
    const containers = [
      { name: "proxy", image: "proxy:1" },
      { name: "subscribie", image: image10 },
    ];
    const raw = rawDeployment({ template: { spec: { containers } } });
    const site = observeDeployment(raw);
    const after = observeDeployment(applied(raw, patchOf(upgradePlan(site), site)));
    expect(after.containers.map(({ image }) => image)).toEqual(["proxy:1", image11]);
  });
});

describe("a restart's patch", () => {
  const restartedAt = "2026-11-23T20:30:15Z";

  test.each([
    [
      "that has annotations",
      { metadata: { annotations: { "example.com/kept": "yes" } } },
      { "example.com/kept": "yes" },
    ],
    ["that has none", {}, {}],
  ])("sets the time on a template %s, as kubectl does", (_what, template, kept) => {
    const raw = rawDeployment({ template });
    const site = observeDeployment(raw);
    const plan = planRestart([site], replicaSetIndex(), { ...base, id: "s-20261123-203015-x7k2" });
    const after = applied(raw, patchOf(plan, site, { restartedAt }));
    const expected = { ...kept, "kubectl.kubernetes.io/restartedAt": restartedAt };
    expect(after).toMatchObject({ spec: { template: { metadata: { annotations: expected } } } });
    expect(observeDeployment(after).changeCause).toBe(
      "subscribie restart v0.10 (rollout s-20261123-203015-x7k2)",
    );
  });
});

describe("a rollback's patch", () => {
  const hash = { "pod-template-hash": "6d4cf56db6", subscribie: "site", "site-name": "soap-and-sons" };
  const rawBefore = rawReplicaSet({
    template: { metadata: { labels: hash } },
    metadata: { name: "soap-1", annotations: { "deployment.kubernetes.io/revision": "1" } },
  });
  const rawUpgraded = rawDeployment({
    metadata: {
      annotations: {
        "deployment.kubernetes.io/revision": "2",
        "example.com/owner": "sam",
        "subscribie.co.uk/rollout": upgradeId,
        "subscribie.co.uk/previous-replicaset": "soap-1",
        "subscribie.co.uk/previous-image": image10,
      },
    },
    template: {
      spec: { containers: [{ name: "subscribie", image: image11, env: [{ name: "NEW", value: "1" }] }] },
    },
  });
  const site = observeDeployment(rawUpgraded, { withFingerprint: true });
  const recorded = observeReplicaSet(rawBefore, { withFingerprint: true, withTemplate: true });

  test("puts back the recorded template, whole, without its hash", () => {
    const plan = rollbackPlan(site, replicaSetIndex([recorded]));
    const after = applied(rawUpgraded, patchOf(plan, site, { template: recorded.template }));
    const { "pod-template-hash": _hash, ...labels } = hash;
    expect(after).toMatchObject({ spec: { template: { ...rawTemplate({ metadata: { labels } }) } } });
    expect(observeDeployment(after, { withFingerprint: true }).templateFingerprint).toBe(
      recorded.templateFingerprint,
    );
  });

  test("says from what it returned, and removes the annotations of what it took back", () => {
    const current = observedReplicaSet({ name: "soap-2", revision: 2 });
    const plan = rollbackPlan(site, replicaSetIndex([recorded, current]));
    const after = observeDeployment(
      applied(rawUpgraded, patchOf(plan, site, { template: recorded.template })),
    );
    expect(after.annotations).toEqual({
      rolledBack: upgradeId,
      rolledBackBy: rollbackId,
      rolledBackFrom: "soap-2",
    });
    expect(after.changeCause).toBe(`subscribie rollback to v0.10 (rollout ${rollbackId})`);
  });

  test("restores the annotations that the template had, so that the rollout before can be rolled back too", () => {
    const earlier = {
      rollout: "u-20261101-100000-aaaa",
      previousReplicaSet: "soap-0",
      previousImage: "shop:v0.9",
    };
    const plan = rollbackPlan(site, replicaSetIndex([{ ...recorded, annotations: earlier }]));
    const after = observeDeployment(
      applied(rawUpgraded, patchOf(plan, site, { template: recorded.template })),
    );
    expect(after.annotations).toMatchObject({ ...earlier, rolledBack: upgradeId, rolledBackBy: rollbackId });
  });

  test("of a rollback finds nothing to do when planned again", () => {
    const plan = rollbackPlan(site, replicaSetIndex([recorded]));
    const after = applied(rawUpgraded, patchOf(plan, site, { template: recorded.template }));
    const again = planRollback(
      [observeDeployment(after, { withFingerprint: true })],
      replicaSetIndex([recorded]),
      {
        ...base,
        id: "r-20261123-220000-efgh",
        request: { kind: "rollout", id: upgradeId },
      },
    );
    expect(again.sites[0]).toMatchObject({ action: "unchanged", reason: "it was returned already" });
  });

  test("puts back the image only, where the template is gone", () => {
    const plan = rollbackPlan(site);
    expect(plan.sites[0]?.reason).toBe("only its image returns: ReplicaSet soap-1 is gone");
    const after = applied(rawUpgraded, patchOf(plan, site));
    expect(after).toMatchObject({
      spec: { template: { spec: { containers: [{ image: image10, env: [{ name: "NEW" }] }] } } },
    });
    expect(observeDeployment(after).annotations).toEqual({ rolledBack: upgradeId, rolledBackBy: rollbackId });
  });

  test("is not made without the template that it is to put back", () => {
    const plan = rollbackPlan(site, replicaSetIndex([recorded]));
    expect(() => patchOf(plan, site)).toThrow(/template of soap-1 is missing/);
  });
});

describe("any site's upgrade, and its rollback", () => {
  const text = fc.string({ unit: "binary", maxLength: 20 });
  const sites = fc.record({
    env: fc.array(fc.record({ name: text, value: text }), { maxLength: 4 }),
    annotations: fc.dictionary(text, text, { maxKeys: 4 }),
    labels: fc.dictionary(text, text, { maxKeys: 3 }),
    others: fc.array(fc.record({ name: fc.constantFrom("a", "b"), image: text }), { maxLength: 2 }),
  });

  test("ends with the template that it had before, whatever is in it", () => {
    fc.assert(
      fc.property(sites, ({ env, annotations, labels, others }) => {
        const containers = [...others, { name: "subscribie", image: image10, env }];
        const template = { metadata: { labels }, spec: { containers } };
        const before = rawDeployment({
          metadata: { annotations: { ...annotations, "deployment.kubernetes.io/revision": "2" } },
          template,
        });
        const rawCurrent = rawReplicaSet({
          template: { ...template, metadata: { labels: { ...labels, "pod-template-hash": "x" } } },
        });
        const site = observeDeployment(before, { withFingerprint: true });
        const current = observeReplicaSet(rawCurrent, { withFingerprint: true, withTemplate: true });
        const upgraded = applied(before, patchOf(upgradePlan(site, replicaSetIndex([current])), site));
        const upgradedSite = observeDeployment(upgraded, { withFingerprint: true });
        expect(upgradedSite.annotations.previousReplicaSet).toBe(current.name);
        const plan = rollbackPlan(upgradedSite, replicaSetIndex([current]));
        const after = applied(upgraded, patchOf(plan, upgradedSite, { template: current.template }));
        expect(observeDeployment(after, { withFingerprint: true }).templateFingerprint).toBe(
          site.templateFingerprint,
        );
        expect(after).toMatchObject({ metadata: { annotations } });
      }),
    );
  });
});

test("a site that is not to be patched has no patch", () => {
  const site = observedSite({ image: image11 });
  expect(() => patchOf(upgradePlan(site), site)).toThrow(RangeError);
});
