import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ObservedSite } from "../../../shared/rollout/observed-site.ts";
import { planRollback } from "../../../shared/rollout/plan-rollback.ts";
import { planRestart, planUpgrade } from "../../../shared/rollout/plan-upgrade.ts";
import { countUpdates } from "../../../shared/rollout/rollout-plan.ts";
import { spreadSites } from "../../../shared/rollout/site-order.ts";
import { defaultStrategy } from "../../../shared/rollout/strategy.ts";
import { image10, image11, observedReplicaSet, observedSite, replicaSetIndex } from "./site-fixture.ts";

const id = "u-20261123-203015-x7k2";
const options = { id, container: "subscribie", strategy: defaultStrategy.upgrade };

function upgrade(sites: readonly ObservedSite[]) {
  return planUpgrade(sites, replicaSetIndex(), { ...options, target: { kind: "tag", tag: "v0.11" } });
}

const exceeded = (lastUpdateTime: string) => ({
  annotations: { rollout: id },
  image: image11,
  progressing: { status: "False", reason: "ProgressDeadlineExceeded", message: "", lastUpdateTime },
});

describe("the plan of an upgrade", () => {
  test.each([
    ["on another version", {}, { action: "update", from: image10, to: image11 }],
    [
      "on that version already",
      { image: image11 },
      { action: "unchanged", reason: "it runs this image already" },
    ],
    ["that is held", { held: true }, { action: "skipped", reason: expect.stringContaining("held") }],
    [
      "that is paused",
      { paused: true },
      { action: "skipped", reason: expect.stringContaining("kubectl rollout resume") },
    ],
    ["that is being deleted", { deleting: true }, { action: "skipped", reason: "it is being deleted" }],
    ["that is held and on that version already", { held: true, image: image11 }, { action: "unchanged" }],
    [
      "without such a container",
      { containers: [] },
      { action: "skipped", reason: "it has no container subscribie" },
    ],
    [
      "whose image is no reference",
      { image: "NOT AN IMAGE" },
      { action: "skipped", reason: expect.stringContaining("whole new image") },
    ],
    [
      "whose digest would win over a tag",
      { image: `${image10}@sha256:${"0".repeat(64)}` },
      { action: "update", to: image11 },
    ],
    [
      "that carries its id since before an interruption",
      { image: image11, generation: 7, annotations: { rollout: id, previousImage: image10 } },
      { action: "update", from: image10, to: image11, patchedGeneration: 7 },
    ],
    [
      "that carries its id and was changed by hand since",
      { image: image10, annotations: { rollout: id } },
      { action: "skipped", reason: "somebody else changed it after this rollout did" },
    ],
  ])("of a site %s", (_what, different, expected) => {
    expect(upgrade([observedSite(different)]).sites[0]).toMatchObject(expected);
  });

  test("records the ReplicaSet of the current revision", () => {
    const replicaSets = [
      observedReplicaSet({ name: "rs-1", revision: 1 }),
      observedReplicaSet({ name: "rs-2", revision: 2 }),
    ];
    const plan = planUpgrade([observedSite({ revision: 2 })], replicaSetIndex(replicaSets), {
      ...options,
      target: { kind: "tag", tag: "v0.11" },
    });
    expect(plan.sites[0]?.change).toEqual({ kind: "image", revision: 2, previousReplicaSet: "rs-2" });
  });

  test("takes percentages of the sites that are to be changed", () => {
    const old = Array.from({ length: 60 }, (_, index) => observedSite({ name: `old-${index}` }));
    const done = Array.from({ length: 40 }, (_, index) =>
      observedSite({ name: `done-${index}`, image: image11 }),
    );
    const plan = upgrade([...old, ...done]);
    expect(countUpdates(plan)).toBe(60);
    expect(plan.strategy).toMatchObject({ waves: [1, 3], inFlight: 20, maxFailures: 0 });
    expect(plan.sites).toHaveLength(100);
  });

  test("knows a deadline that was exceeded before the rollout from one that its change exceeded", () => {
    expect(upgrade([observedSite(exceeded("2026-11-23T19:00:00Z"))]).sites[0]).toHaveProperty(
      "deadlineExceededBefore",
    );
    expect(upgrade([observedSite(exceeded("2026-11-23T20:45:00Z"))]).sites[0]).not.toHaveProperty(
      "deadlineExceededBefore",
    );
  });

  test("is a plain value: what is written and read back is the same plan", () => {
    const plan = upgrade([observedSite(), observedSite({ name: "other", held: true })]);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });
});

test("the plan of a restart changes every site, and its image not", () => {
  const plan = planRestart([observedSite({ image: image11 })], replicaSetIndex(), options);
  expect(plan.sites[0]).toMatchObject({
    action: "update",
    from: image11,
    to: image11,
    change: { kind: "restart" },
  });
});

describe("the plan of a rollback", () => {
  test("leaves sites alone that the rollout did not change, and says so", () => {
    const plan = planRollback([observedSite()], replicaSetIndex(), {
      ...options,
      request: { kind: "rollout", id },
    });
    expect(plan.sites[0]).toMatchObject({ action: "unchanged", reason: `${id} did not change it` });
    expect(plan).toMatchObject({ kind: "rollback", rollbackOf: id });
  });

  test("skips held sites only where there is something to return", () => {
    const sites = [
      observedSite({ name: "a", held: true }),
      observedSite({
        name: "b",
        held: true,
        image: image11,
        annotations: { rollout: id, previousImage: image10 },
      }),
    ];
    const plan = planRollback(sites, replicaSetIndex(), { ...options, request: { kind: "rollout", id } });
    expect(plan.sites.map(({ name, action }) => [name, action])).toEqual([
      ["a", "unchanged"],
      ["b", "skipped"],
    ]);
  });

  test("skips a site whose old template had no such container", () => {
    const site = observedSite({ image: image11, annotations: { rollout: id, previousReplicaSet: "rs-1" } });
    const index = replicaSetIndex([
      observedReplicaSet({ name: "rs-1", containers: [{ name: "app", image: image10 }] }),
    ]);
    const plan = planRollback([site], index, { ...options, request: { kind: "rollout", id } });
    expect(plan.sites[0]).toMatchObject({
      action: "skipped",
      reason: "ReplicaSet rs-1 has no container subscribie",
    });
  });
});

function kindOf(site: {
  namespace: string;
  image: string;
  hasReplicas: boolean;
  hasVolume: boolean;
}): string {
  return JSON.stringify([site.namespace, site.image, site.hasReplicas, site.hasVolume]);
}

describe("the order of sites", () => {
  const kinds = fc.record({
    namespace: fc.constantFrom("north", "south"),
    image: fc.constantFrom(image10, "shop:v0.9"),
    hasReplicas: fc.boolean(),
    hasVolume: fc.boolean(),
  });
  const fleets = fc
    .array(kinds, { maxLength: 60 })
    .map((fleet) => fleet.map((kind, index) => ({ ...kind, name: `shop-${index}` })));
  test("has every site exactly once, and does not depend on the order that they come in", () => {
    fc.assert(
      fc.property(fleets, fc.infiniteStream(fc.nat()), (fleet, random) => {
        const shuffled = fleet
          .map((site) => ({ site, at: random.next().value ?? 0 }))
          .toSorted((left, right) => left.at - right.at)
          .map(({ site }) => site);
        expect(spreadSites(shuffled)).toEqual(spreadSites(fleet));
        expect(new Set(spreadSites(fleet))).toEqual(new Set(fleet));
        expect(spreadSites(fleet)).toHaveLength(fleet.length);
      }),
    );
  });

  test("begins with one site of each kind, the largest kind first", () => {
    fc.assert(
      fc.property(fleets, (fleet) => {
        const sizes = Map.groupBy(fleet, kindOf);
        const first = spreadSites(fleet).slice(0, sizes.size).map(kindOf);
        expect(new Set(first).size).toBe(sizes.size);
        const firstSizes = first.map((kind) => sizes.get(kind)?.length ?? 0);
        expect(firstSizes).toEqual(firstSizes.toSorted((left, right) => right - left));
      }),
    );
  });

  test("gives any beginning of it a fair share of each kind", () => {
    fc.assert(
      fc.property(fleets, fc.nat(60), (fleet, length) => {
        const sizes = Map.groupBy(fleet, kindOf);
        const order = spreadSites(fleet);
        const beginning = Map.groupBy(order.slice(0, length), kindOf);
        const part = Math.min(length, fleet.length) / Math.max(1, fleet.length);
        for (const [kind, sites] of sizes) {
          const share = beginning.get(kind)?.length ?? 0;
          expect(Math.abs(share - sites.length * part)).toBeLessThanOrEqual(1 + sizes.size);
        }
      }),
    );
  });
});
