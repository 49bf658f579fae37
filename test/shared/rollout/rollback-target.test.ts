import { describe, expect, test } from "vitest";
import type { ObservedReplicaSet } from "../../../shared/rollout/observed-replica-set.ts";
import type { ObservedSite } from "../../../shared/rollout/observed-site.ts";
import {
  chooseRollbackTarget,
  lastRollout,
  type RollbackRequest,
} from "../../../shared/rollout/rollback-target.ts";
import { image10, image11, observedReplicaSet, observedSite } from "./site-fixture.ts";

const first = "u-20261120-100000-aaaa";
const last = "u-20261121-100000-bbbb";
const back = "r-20261122-100000-cccc";

/** The history of one site as its ReplicaSets tell it: template `t1` on v0.10, then `t2` by the upgrade `last`. */
const before = observedReplicaSet({ name: "soap-1", revision: 1, templateFingerprint: "t1" });
const after = observedReplicaSet({
  name: "soap-2",
  revision: 2,
  templateFingerprint: "t2",
  containers: [{ name: "subscribie", image: image11 }],
  annotations: { rollout: last, previousReplicaSet: "soap-1", previousImage: image10 },
});
const upgraded = observedSite({
  image: image11,
  revision: 2,
  templateFingerprint: "t2",
  annotations: { rollout: last, previousReplicaSet: "soap-1", previousImage: image10 },
});

interface Case {
  readonly site: ObservedSite;
  readonly replicaSets: readonly ObservedReplicaSet[];
  readonly request?: RollbackRequest;
  readonly includeChanged?: boolean;
  readonly expected: object;
}

const cases: Record<string, Case> = {
  "upgraded once returns to the recorded template": {
    site: upgraded,
    replicaSets: [before, after],
    expected: { kind: "template", replicaSet: before },
  },
  "upgraded twice returns to what it ran before the last upgrade, with that one's env and resources": {
    site: {
      ...upgraded,
      annotations: { ...upgraded.annotations, previousReplicaSet: "soap-1b" },
      revision: 3,
    },
    replicaSets: [
      before,
      observedReplicaSet({
        name: "soap-1b",
        revision: 2,
        templateFingerprint: "t1b",
        annotations: { rollout: first },
      }),
      { ...after, revision: 3, annotations: { ...after.annotations, previousReplicaSet: "soap-1b" } },
    ],
    expected: { kind: "template", replicaSet: { name: "soap-1b" } },
  },
  "changed by hand since, its ReplicaSet having inherited our annotations, is left alone": {
    site: { ...upgraded, templateFingerprint: "t3", revision: 3 },
    replicaSets: [before, after, { ...after, name: "soap-3", revision: 3, templateFingerprint: "t3" }],
    expected: { kind: "changed-by-hand" },
  },
  "changed by hand since returns when told to": {
    site: { ...upgraded, templateFingerprint: "t3", revision: 3 },
    replicaSets: [before, after, { ...after, name: "soap-3", revision: 3, templateFingerprint: "t3" }],
    includeChanged: true,
    expected: { kind: "template", replicaSet: before },
  },
  "changed back by hand to what it ran before has returned already": {
    site: { ...upgraded, templateFingerprint: "t1", revision: 3 },
    replicaSets: [after, { ...before, revision: 3, reused: true, annotations: after.annotations }],
    expected: { kind: "returned" },
  },
  "whose recorded ReplicaSet is gone returns to the recorded image": {
    site: upgraded,
    replicaSets: [after],
    expected: { kind: "image", image: image10, lostReplicaSet: "soap-1" },
  },
  "whose recorded ReplicaSet belongs to another Deployment of that name does not use it": {
    site: upgraded,
    replicaSets: [after],
    expected: { kind: "image" },
  },
  "with neither ReplicaSet nor image recorded has no record": {
    site: { ...upgraded, annotations: { rollout: last } },
    replicaSets: [after],
    expected: { kind: "no-record" },
  },
  "created after the upgrade was not changed by it": {
    site: observedSite({ image: image11, templateFingerprint: "t9" }),
    replicaSets: [observedReplicaSet({ templateFingerprint: "t9" })],
    expected: { kind: "not-changed" },
  },
  "that a half-finished upgrade did not reach was not changed by it": {
    site: { ...upgraded, annotations: { rollout: first } },
    replicaSets: [before],
    expected: { kind: "not-changed" },
  },
  "upgraded a moment ago, with no ReplicaSet yet, returns to the recorded template": {
    site: { ...upgraded, generation: 2, observedGeneration: 1, revision: 1 },
    replicaSets: [before],
    expected: { kind: "template", replicaSet: before },
  },
  "returned already stays as it is": {
    site: observedSite({ templateFingerprint: "t1", annotations: { rolledBack: last, rolledBackBy: back } }),
    replicaSets: [{ ...before, revision: 3, reused: true }, after],
    expected: { kind: "returned" },
  },
  "returned from the last upgrade can be returned from the one before": {
    site: observedSite({
      templateFingerprint: "t1",
      annotations: { rollout: first, previousReplicaSet: "soap-0", rolledBack: last, rolledBackBy: back },
    }),
    replicaSets: [
      observedReplicaSet({ name: "soap-0", revision: 0, templateFingerprint: "t0" }),
      after,
      { ...before, revision: 3, reused: true, annotations: { rollout: first, rolledBackBy: back } },
    ],
    request: { kind: "rollout", id: first },
    expected: { kind: "template", replicaSet: { name: "soap-0" } },
  },
  "returned to a template that admission added to is not taken for one changed by hand": {
    site: observedSite({
      templateFingerprint: "t1-with-defaults",
      annotations: { rollout: first, previousReplicaSet: "soap-0", rolledBack: last, rolledBackBy: back },
    }),
    replicaSets: [
      observedReplicaSet({ name: "soap-0", revision: 0, templateFingerprint: "t0" }),
      { ...before, annotations: { rollout: first } },
      after,
      observedReplicaSet({
        name: "soap-3",
        revision: 3,
        templateFingerprint: "t1-with-defaults",
        annotations: { rollout: first, rolledBackBy: back },
      }),
    ],
    request: { kind: "rollout", id: first },
    expected: { kind: "template", replicaSet: { name: "soap-0" } },
  },
  "changed by hand a moment ago, before the controller saw it, is left alone": {
    site: { ...upgraded, templateFingerprint: "t3", generation: 3, observedGeneration: 2 },
    replicaSets: [before, after],
    expected: { kind: "changed-by-hand" },
  },
  "returned to a template that had been changed by hand before is not returned further": {
    site: observedSite({
      templateFingerprint: "t1-by-hand",
      annotations: { rollout: first, previousReplicaSet: "soap-0", rolledBack: last, rolledBackBy: back },
    }),
    replicaSets: [
      observedReplicaSet({ name: "soap-0", revision: 0, templateFingerprint: "t0" }),
      { ...before, annotations: { rollout: first } },
      { ...after, revision: 3 },
      observedReplicaSet({
        name: "soap-1b",
        revision: 4,
        reused: true,
        templateFingerprint: "t1-by-hand",
        annotations: { rollout: first, rolledBackBy: back },
      }),
    ],
    request: { kind: "rollout", id: first },
    expected: { kind: "changed-by-hand" },
  },
  "asked for a revision returns to it": {
    site: upgraded,
    replicaSets: [before, after],
    request: { kind: "revision", revision: 1 },
    expected: { kind: "template", replicaSet: before },
  },
  "asked for the revision that it runs stays as it is": {
    site: upgraded,
    replicaSets: [before, after],
    request: { kind: "revision", revision: 2 },
    expected: { kind: "returned" },
  },
  "asked for a revision that it does not have says which it has": {
    site: upgraded,
    replicaSets: [before, after],
    request: { kind: "revision", revision: 7 },
    expected: { kind: "no-revision", revisions: [1, 2] },
  },
  "upgraded by a shell loop returns to the previous revision when asked": {
    site: observedSite({ image: image11, templateFingerprint: "t2" }),
    replicaSets: [before, { ...after, annotations: {} }],
    request: { kind: "previous-revision" },
    expected: { kind: "template", replicaSet: before },
  },
  "with one revision only has no previous one": {
    site: observedSite({ templateFingerprint: "t1" }),
    replicaSets: [before],
    request: { kind: "previous-revision" },
    expected: { kind: "no-revision" },
  },
};

describe("a site", () => {
  test.each(Object.entries(cases))(
    "%s",
    (_sentence, { site, replicaSets, request, includeChanged = false, expected }) => {
      const target = chooseRollbackTarget(site, replicaSets, request ?? { kind: "rollout", id: last }, {
        container: "subscribie",
        includeChanged,
      });
      expect(target).toMatchObject(expected);
    },
  );
});

const carrying = (annotations: ObservedSite["annotations"]) => observedSite({ annotations });

describe("the last rollout", () => {
  test("is the latest that any site carries", () => {
    expect(lastRollout([carrying({ rollout: first }), carrying({ rollout: last }), carrying({})])).toBe(last);
  });

  test("is found again after it was rolled back everywhere", () => {
    expect(lastRollout([carrying({ rollout: first, rolledBack: last, rolledBackBy: back })])).toBe(last);
  });

  test("may be a restart, whose id sorts by its time and not by its letter", () => {
    const restart = "s-20261119-100000-dddd";
    expect(lastRollout([carrying({ rollout: restart }), carrying({ rollout: first })])).toBe(first);
    expect(lastRollout([carrying({ rollout: restart })])).toBe(restart);
  });

  test("is none where no site carries one, or what it carries is no id", () => {
    expect(
      lastRollout([carrying({}), carrying({ rollout: "latest" }), carrying({ rolledBack: back })]),
    ).toBeUndefined();
  });
});
