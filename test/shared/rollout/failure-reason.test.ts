import { describe, expect, test } from "vitest";
import { failureReason } from "../../../shared/rollout/failure-reason.ts";

const image = "ghcr.io/subscribie/subscribie:v0.99";

function pod(status: object, metadata: object = {}) {
  return {
    metadata: { name: "soap-1", ...metadata },
    spec: {
      containers: [
        { name: "subscribie", image, readinessProbe: { httpGet: { path: "/health" } } },
        { name: "sidecar", image: "proxy:1" },
      ],
    },
    status: { phase: "Pending", ...status },
  };
}

function withContainer(container: object, name = "subscribie") {
  return pod({ containerStatuses: [{ name, image, ready: false, restartCount: 0, ...container }] });
}

function waiting(reason: string, message = "") {
  return withContainer({ state: { waiting: { reason, message } } });
}

const cases: [string, unknown[], object | undefined][] = [
  ["there are no pods", [], undefined],
  ["a pod has no status yet", [{ metadata: {}, spec: {} }], undefined],
  ["a pod is being made", [waiting("ContainerCreating")], undefined],
  [
    "an image cannot be pulled, with the image",
    [waiting("ImagePullBackOff", "Back-off pulling image")],
    {
      code: "ImagePullBackOff",
      message: `ImagePullBackOff: image ${image}: Back-off pulling image`,
      isTerminal: true,
    },
  ],
  [
    "an image cannot be pulled and the kubelet names it, without saying so twice",
    [waiting("ImagePullBackOff", `Back-off pulling image "${image}"`)],
    { message: `ImagePullBackOff: Back-off pulling image "${image}"` },
  ],
  [
    "a first pull failed, which may pass",
    [waiting("ErrImagePull", "timeout")],
    { code: "ErrImagePull", isTerminal: false },
  ],
  ["an image name is invalid", [waiting("InvalidImageName")], { code: "InvalidImageName", isTerminal: true }],
  [
    "a Secret is missing",
    [waiting("CreateContainerConfigError", 'secret "soap.secrets" not found')],
    { message: 'CreateContainerConfigError: secret "soap.secrets" not found', isTerminal: true },
  ],
  [
    "it keeps crashing, with the last exit code",
    [
      withContainer({
        restartCount: 4,
        state: {
          waiting: { reason: "CrashLoopBackOff", message: "back-off 40s restarting failed container" },
        },
        lastState: { terminated: { exitCode: 3, reason: "Error" } },
      }),
    ],
    { message: "CrashLoopBackOff: container subscribie last exit code 3, 4 restarts", isTerminal: true },
  ],
  [
    "it keeps running out of memory",
    [
      withContainer({
        restartCount: 2,
        state: { waiting: { reason: "CrashLoopBackOff" } },
        lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
      }),
    ],
    { message: "CrashLoopBackOff: container subscribie was OOMKilled, last exit code 137, 2 restarts" },
  ],
  [
    "it ran out of memory once and runs again",
    [
      withContainer({
        state: { running: {} },
        lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
      }),
    ],
    { code: "OOMKilled", isTerminal: false },
  ],
  [
    "it runs and its readiness probe fails",
    [withContainer({ state: { running: {} } })],
    { message: "Unready: container subscribie runs, and its readiness probe fails", isTerminal: false },
  ],
  [
    "no node has room, in the scheduler's words",
    [
      pod({
        conditions: [
          {
            type: "PodScheduled",
            status: "False",
            reason: "Unschedulable",
            message: "0/3 nodes are available: 3 Insufficient cpu.",
          },
        ],
      }),
    ],
    { message: "Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.", isTerminal: false },
  ],
  [
    "the kubelet evicted it",
    [pod({ phase: "Failed", reason: "Evicted", message: "low on disk" })],
    { message: "Evicted: low on disk" },
  ],
  [
    "an init container fails",
    [
      pod({
        initContainerStatuses: [{ name: "migrate", state: { terminated: { exitCode: 2, reason: "Error" } } }],
      }),
    ],
    { message: "Error: container migrate ended with exit code 2" },
  ],
  [
    "an init container ended well",
    [
      pod({
        initContainerStatuses: [
          { name: "migrate", state: { terminated: { exitCode: 0, reason: "Completed" } } },
        ],
      }),
    ],
    undefined,
  ],
  [
    "one pod waits and another one will never start: the worse of both",
    [withContainer({ state: { running: {} } }), waiting("ErrImageNeverPull")],
    { code: "ErrImageNeverPull" },
  ],
  [
    "a pod that is going away fails",
    [{ ...waiting("ImagePullBackOff"), metadata: { deletionTimestamp: "2026-11-23T20:00:00Z" } }],
    undefined,
  ],
];

describe("the reason of a failure", () => {
  test.each(cases)("when %s", (_sentence, pods, expected) => {
    const reason = failureReason(pods, "subscribie");
    expect(reason ?? {}).toMatchObject(expected ?? {});
    expect(reason === undefined).toBe(expected === undefined);
  });

  test("is that of the container that changed, before that of its neighbour", () => {
    const both = pod({
      containerStatuses: [
        { name: "sidecar", state: { waiting: { reason: "ErrImagePull" } } },
        { name: "subscribie", state: { terminated: { exitCode: 1, reason: "Error" } } },
      ],
    });
    expect(failureReason([both], "subscribie")?.code).toBe("Error");
    expect(failureReason([both], "sidecar")?.code).toBe("ErrImagePull");
  });

  test("is bounded, and never carries a terminal's escape sequences", () => {
    const message =
      failureReason([waiting("CreateContainerError", `\u001b[31m${"x".repeat(5_000)}\n`)], "subscribie")
        ?.message ?? "";
    expect(message.length).toBeLessThan(400);
    expect(message).not.toContain("\u001b");
    expect(message).not.toContain("\n");
  });
});
