import { describe, expect, test } from "vitest";
import { observeReplicaSet } from "../../../shared/rollout/observed-replica-set.ts";
import { imageOf, isObserved, observeDeployment } from "../../../shared/rollout/observed-site.ts";
import { templateFingerprint } from "../../../shared/rollout/pod-template.ts";
import { createReplicaSetIndex } from "../../../shared/rollout/replica-set-index.ts";
import { image10, observedSite, rawDeployment, rawReplicaSet, rawTemplate } from "./site-fixture.ts";

describe("an observed Deployment", () => {
  test("is what rollouts need to know of it", () => {
    const site = observeDeployment(rawDeployment());
    expect(site).toMatchObject({
      namespace: "shops",
      name: "soap-and-sons",
      uid: "uid-of-soap-and-sons",
      generation: 3,
      observedGeneration: 3,
      revision: 2,
      replicas: 1,
      status: { replicas: 1, updated: 1, available: 1 },
      containers: [{ name: "subscribie", image: image10, hasReadinessProbe: true, hasPreStop: true }],
      claims: ["soap-and-sons"],
      strategy: { type: "RollingUpdate", maxUnavailable: 0, maxSurge: 1 },
      held: false,
      paused: false,
      deleting: false,
    });
    expect(imageOf(site, "subscribie")).toBe(image10);
    expect(imageOf(site, "sidecar")).toBeUndefined();
  });

  test("may lack everything that the API may leave out", () => {
    const bare = {
      metadata: { name: "soap" },
      spec: { template: { spec: { containers: [{ name: "subscribie" }] } } },
    };
    expect(observeDeployment(bare)).toMatchObject({
      replicas: 1,
      generation: 0,
      observedGeneration: 0,
      hasAnnotations: false,
    });
    const nulls = { ...bare, metadata: { name: "soap", annotations: null, labels: null }, status: null };
    expect(observeDeployment(nulls).revision).toBeUndefined();
  });

  test.each([
    ["true", true],
    ["", true],
    ["false", false],
  ])("with the held label %j is held: %s", (value, held) => {
    const labels = { "subscribie.co.uk/held": value };
    expect(observeDeployment(rawDeployment({ metadata: { labels } })).held).toBe(held);
  });

  test("is observed once its status is about its newest generation", () => {
    expect(isObserved(observeDeployment(rawDeployment()))).toBe(true);
    expect(isObserved(observeDeployment(rawDeployment({ metadata: { generation: 4 } })))).toBe(false);
  });

  test("keeps conditions bounded and printable", () => {
    const conditions = [
      {
        type: "ReplicaFailure",
        status: "True",
        reason: "FailedCreate",
        message: `\u001b[2J${"x".repeat(9_999)}`,
      },
    ];
    const { replicaFailure } = observeDeployment(rawDeployment({ status: { conditions } }));
    expect(replicaFailure?.message.length).toBeLessThan(320);
    expect(replicaFailure?.message).not.toContain("\u001b");
  });

  test("is small: ten thousand of them take few megabytes", () => {
    const sites = Array.from({ length: 100 }, (_, index) =>
      observeDeployment(rawDeployment({ metadata: { name: `shop-${index}` } }), { withFingerprint: true }),
    );
    expect(JSON.stringify(sites).length / sites.length).toBeLessThan(1_500);
  });

  test("is refused when it is none", () => {
    expect(() => observeDeployment({ kind: "Status" })).toThrow(/metadata/);
  });
});

describe("a template's fingerprint", () => {
  const template = rawTemplate();

  test("is the same for a Deployment and the ReplicaSet that was made of it", () => {
    const labels = { subscribie: "site", "site-name": "soap-and-sons", "pod-template-hash": "6d4cf56db6" };
    const site = observeDeployment(rawDeployment(), { withFingerprint: true });
    const raw = rawReplicaSet({ template: { metadata: { labels } } });
    expect(observeReplicaSet(raw, { withFingerprint: true }).templateFingerprint).toBe(
      site.templateFingerprint,
    );
  });

  test("does not depend on the order of members, nor on nulls", () => {
    const { spec, metadata } = template;
    expect(templateFingerprint({ spec, extra: null, metadata })).toBe(
      templateFingerprint({ metadata, spec }),
    );
  });

  test.each([
    ["an image", { spec: { containers: [{ name: "subscribie", image: "other:1" }] } }],
    ["the order of containers", { spec: { containers: [{ name: "b" }, { name: "a" }] } }],
    ["a label", { metadata: { labels: { subscribie: "site" } } }],
    ["an empty volume source", { spec: { volumes: [{ name: "x", emptyDir: {} }] } }],
  ])("differs by %s", (_what, different) => {
    expect(templateFingerprint(rawTemplate(different))).not.toBe(templateFingerprint(template));
  });

  test("tells the order of list items apart", () => {
    const [left, right] = [{ name: "a" }, { name: "b" }];
    const ordered = templateFingerprint({ spec: { containers: [left, right] } });
    expect(templateFingerprint({ spec: { containers: [right, left] } })).not.toBe(ordered);
  });
});

describe("the ReplicaSets of sites", () => {
  const site = observedSite({ revision: 10, annotations: { previousReplicaSet: "rs-9" } });

  function raw(name: string, revision: string | undefined, owner: object = {}) {
    return rawReplicaSet({
      metadata: {
        name,
        annotations: revision === undefined ? {} : { "deployment.kubernetes.io/revision": revision },
        ownerReferences: [{ kind: "Deployment", uid: site.uid, controller: true, ...owner }],
      },
    });
  }

  test("are found by the uid of the Deployment that controls them, and ordered by revision as a number", () => {
    const index = createReplicaSetIndex([site], { kind: "any-template" });
    for (const each of [
      raw("rs-10", "10"),
      raw("rs-9", "9"),
      raw("rs-none", undefined),
      raw("stranger", "1", { uid: "uid-of-an-older-deployment" }),
      raw("not-controlled", "2", { controller: false }),
      raw("of-something-else", "3", { kind: "Rollout" }),
    ]) {
      index.add(each);
    }
    expect(index.ofSite(site).map(({ name }) => name)).toEqual(["rs-none", "rs-9", "rs-10"]);
    expect(index.ofSite(observedSite({ uid: "unknown" }))).toEqual([]);
  });

  test("are kept only as far as they are needed", () => {
    const replicaSets = [raw("rs-9", "9"), raw("rs-10", "10")];
    const kept = (kind: "record" | "recorded-template" | "any-template") => {
      const index = createReplicaSetIndex([site], { kind });
      for (const each of replicaSets) index.add(each);
      return index
        .ofSite(site)
        .map(({ name, template, templateFingerprint }) => [
          name,
          template !== undefined,
          templateFingerprint !== undefined,
        ]);
    };
    expect(kept("record")).toEqual([["rs-10", false, false]]);
    expect(kept("recorded-template")).toEqual([
      ["rs-9", true, true],
      ["rs-10", false, true],
    ]);
    expect(kept("any-template")).toEqual([
      ["rs-9", true, true],
      ["rs-10", true, true],
    ]);
  });
});
