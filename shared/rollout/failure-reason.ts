import * as z from "zod";
import { printable } from "../text/printable.ts";
import { isGiven } from "./is-given.ts";

/** Why a site does not get healthy, as a person needs it. */
export interface FailureReason {
  /** The field's own word: `ImagePullBackOff`, `CrashLoopBackOff`, `OOMKilled`, `Unschedulable`, … */
  readonly code: string;
  /** One line, bounded and safe to show; it begins with the code. */
  readonly message: string;
  /** Waiting longer will not help: seen twice in a row, it ends the wait for the site. */
  readonly isTerminal: boolean;
}

/** Waiting reasons of the kubelet that seldom mend themselves (kubernetes/kubernetes, pkg/kubelet/images and container). */
const terminalWaiting: ReadonlySet<string> = new Set([
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
  "CrashLoopBackOff",
]);

/** Waiting reasons of a container that is on its way: nothing is wrong with it yet. */
const usualWaiting: ReadonlySet<string> = new Set(["", "ContainerCreating", "PodInitializing"]);

const maxDetailLength = 300;

const text = z.string().default("");
const terminated = z.object({ exitCode: z.number().default(0), reason: text, message: text }).nullish();

const containerStatus = z.object({
  name: text,
  image: text,
  ready: z.boolean().default(false),
  restartCount: z.number().default(0),
  state: z
    .object({
      waiting: z.object({ reason: text, message: text }).nullish(),
      running: z.object({}).nullish(),
      terminated,
    })
    .nullish(),
  lastState: z.object({ terminated }).nullish(),
});

const rawPod = z.object({
  metadata: z.object({ deletionTimestamp: z.string().nullish() }),
  spec: z.object({
    containers: z
      .array(z.object({ name: text, image: text, readinessProbe: z.object({}).nullish() }))
      .default([]),
  }),
  status: z
    .object({
      phase: text,
      reason: text,
      message: text,
      conditions: z.array(z.object({ type: text, status: text, reason: text, message: text })).nullish(),
      initContainerStatuses: z.array(containerStatus).nullish(),
      containerStatuses: z.array(containerStatus).nullish(),
    })
    .nullish(),
});

type Pod = z.infer<typeof rawPod>;
type ContainerStatus = z.infer<typeof containerStatus>;

/**
 * What a site's newest pods say about why they are not ready; undefined when they say nothing, which is usual while
 * they start. The worst comes first: a reason that waiting does not mend before one that it may.
 *
 * @param pods raw pods of the site's newest ReplicaSet; those that are being deleted do not count
 * @param container the container that the rollout changes: its reason goes before that of its neighbours
 * @throws ZodError for what is no Pod
 */
export function failureReason(pods: readonly unknown[], container: string): FailureReason | undefined {
  const reasons = pods
    .map((raw) => rawPod.parse(raw))
    .filter((pod) => typeof pod.metadata.deletionTimestamp !== "string")
    .flatMap((pod) => reasonsOf(pod, container));
  return reasons.find((reason) => reason.isTerminal) ?? reasons[0];
}

function reasonsOf(pod: Pod, container: string): FailureReason[] {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const own = statuses.filter(({ name }) => name === container);
  const others = statuses.filter(({ name }) => name !== container);
  const reasons = [
    evicted(pod),
    unscheduled(pod),
    ...[...own, ...others].map((status) => containerReason(status, pod)),
  ];
  return reasons.filter((reason) => reason !== undefined);
}

/** A pod that the kubelet gave up says so on the pod, not on a container. */
function evicted(pod: Pod): FailureReason | undefined {
  const { phase = "", reason = "", message = "" } = pod.status ?? {};
  return phase === "Failed" && reason !== "" ? describe(reason, message, false) : undefined;
}

function unscheduled(pod: Pod): FailureReason | undefined {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status !== "False") return undefined;
  return describe(scheduled.reason || "Unschedulable", scheduled.message, false);
}

function containerReason(status: ContainerStatus, pod: Pod): FailureReason | undefined {
  const { waiting, terminated } = status.state ?? {};
  const last = status.lastState?.terminated;
  if (isGiven(waiting) && !usualWaiting.has(waiting.reason)) {
    const isTerminal = terminalWaiting.has(waiting.reason);
    return describe(waiting.reason, waitingDetail(status, waiting, pod), isTerminal);
  }
  const ended = terminated ?? last;
  if (isGiven(ended) && (ended.exitCode !== 0 || ended.reason === "OOMKilled")) {
    return describe(
      ended.reason || "Error",
      `container ${status.name} ended with exit code ${ended.exitCode}`,
      false,
    );
  }
  if (isGiven(status.state?.running) && !status.ready && hasProbe(status, pod)) {
    return describe("Unready", `container ${status.name} runs, and its readiness probe fails`, false);
  }
  return undefined;
}

/** The image of what cannot be pulled, the last exit of what keeps crashing, the kubelet's own words for the rest. */
function waitingDetail(
  status: ContainerStatus,
  waiting: { reason: string; message: string },
  pod: Pod,
): string {
  if (waiting.reason === "CrashLoopBackOff") {
    const last = status.lastState?.terminated;
    if (!isGiven(last)) return `container ${status.name} keeps ending`;
    const why = last.reason === "OOMKilled" ? "was OOMKilled, " : "";
    return `container ${status.name} ${why}last exit code ${last.exitCode}, ${status.restartCount} restarts`;
  }
  if (/image/i.test(waiting.reason)) {
    const image = pod.spec.containers.find(({ name }) => name === status.name)?.image ?? status.image;
    return waiting.message.includes(image) ? waiting.message : `image ${image}: ${waiting.message}`;
  }
  return waiting.message;
}

function hasProbe(status: ContainerStatus, pod: Pod): boolean {
  return isGiven(pod.spec.containers.find(({ name }) => name === status.name)?.readinessProbe);
}

function describe(code: string, detail: string, isTerminal: boolean): FailureReason {
  const safeCode = printable(code, 60);
  const safeDetail = printable(detail, maxDetailLength).replace(/:\s*$/, "");
  return { code: safeCode, message: safeDetail === "" ? safeCode : `${safeCode}: ${safeDetail}`, isTerminal };
}
