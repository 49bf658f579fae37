import { describe, expect, test } from "vitest";
import { deploymentStatus, type StatusBaseline } from "../../../shared/rollout/deployment-status.ts";
import type { ObservedSite } from "../../../shared/rollout/observed-site.ts";
import { observedSite } from "./site-fixture.ts";

const exceeded = {
  progressing: {
    status: "False",
    reason: "ProgressDeadlineExceeded",
    message: "ReplicaSet has timed out progressing",
    lastUpdateTime: "2026-11-23T20:10:00Z",
  },
};
const newPodUnavailable = { status: { replicas: 2, updated: 1, available: 1 } };
const cannotCreate = {
  replicaFailure: { status: "True", reason: "FailedCreate", message: "exceeded quota", lastUpdateTime: "" },
};

const cases: [string, Partial<ObservedSite>, StatusBaseline, object][] = [
  [
    "is done when the new pods are available and the old ones are gone",
    {},
    {},
    { kind: "done", message: "available" },
  ],
  [
    "is waited for while the controller has not seen the newest generation, whatever the counts say",
    { generation: 4, observedGeneration: 3 },
    {},
    { kind: "waiting", stage: "unobserved" },
  ],
  [
    "is waited for while it shows a generation from before our PATCH, though it is observed itself",
    { generation: 3, observedGeneration: 3 },
    { generation: 4 },
    { kind: "waiting", stage: "unobserved" },
  ],
  [
    "is done at a generation later than our PATCH's, as after scaling",
    { generation: 5, observedGeneration: 5 },
    { generation: 4 },
    { kind: "done" },
  ],
  ["is waited for while it is paused", { paused: true }, {}, { kind: "waiting", stage: "paused" }],
  [
    "has failed when its progress deadline is exceeded",
    { ...exceeded, ...newPodUnavailable },
    {},
    { kind: "failed", message: "no progress within 600 s of progress deadline" },
  ],
  [
    "has failed by its deadline although its counts look right",
    exceeded,
    { deadlineExceededBefore: "2026-11-23T19:00:00Z" },
    { kind: "failed" },
  ],
  [
    "has not failed by a deadline that was exceeded before the change",
    { ...exceeded, ...newPodUnavailable },
    { deadlineExceededBefore: "2026-11-23T20:10:00Z" },
    { kind: "waiting", stage: "terminating" },
  ],
  [
    "is done in spite of a deadline that was exceeded before the change",
    exceeded,
    { deadlineExceededBefore: "2026-11-23T20:10:00Z" },
    { kind: "done" },
  ],
  [
    "is not judged by an exceeded deadline that is about an older generation",
    { ...exceeded, generation: 4, observedGeneration: 3 },
    {},
    { kind: "waiting", stage: "unobserved" },
  ],
  [
    "is waited for while not all new pods are made",
    { replicas: 3, status: { replicas: 4, updated: 1, available: 3 } },
    {},
    { kind: "waiting", stage: "updating", message: "1 of 3 new pods are made" },
  ],
  [
    "is waited for while old pods are still there",
    newPodUnavailable,
    {},
    { kind: "waiting", stage: "terminating", message: "1 old pods are still there" },
  ],
  [
    "is waited for while new pods are not available",
    { replicas: 3, status: { replicas: 3, updated: 3, available: 2 } },
    {},
    { kind: "waiting", stage: "unavailable", message: "2 of 3 new pods are available" },
  ],
  [
    "is done at once with 0 replicas, and says that nothing ran",
    { replicas: 0, status: { replicas: 0, updated: 0, available: 0 } },
    {},
    { kind: "done", message: "it has 0 replicas, so nothing ran" },
  ],
  [
    "is waited for while its last pod goes, when it is scaled to 0",
    { replicas: 0, status: { replicas: 1, updated: 0, available: 1 } },
    {},
    { kind: "waiting", stage: "terminating" },
  ],
  [
    "says what keeps its pods from being made",
    { ...cannotCreate, status: { replicas: 1, updated: 0, available: 1 } },
    {},
    { kind: "waiting", stage: "updating", obstacle: "exceeded quota" },
  ],
  [
    "says nothing of an obstacle from before the change was observed",
    { ...cannotCreate, generation: 4, observedGeneration: 3 },
    {},
    {
      kind: "waiting",
      stage: "unobserved",
      message: "the Deployment controller has not seen the change yet",
    },
  ],
];

describe("a Deployment", () => {
  test.each(cases)("%s", (_sentence, different, baseline, expected) => {
    expect(deploymentStatus(observedSite(different), baseline)).toMatchObject(expected);
  });
});
