import { isObserved, type ObservedSite } from "./observed-site.ts";

/** How far a Deployment is with its newest template. */
export type DeploymentStatus =
  | { readonly kind: "done"; readonly message: string }
  | {
      readonly kind: "waiting";
      readonly stage: WaitingStage;
      readonly message: string;
      /** The controller cannot make pods (quota, admission): it may pass by itself, but seldom does. */
      readonly obstacle?: string;
    }
  | { readonly kind: "failed"; readonly message: string };

/**
 * - `unobserved`: the controller has not seen the change yet;
 * - `paused`: nothing will happen until the Deployment is resumed;
 * - `updating`: not all new pods are made;
 * - `terminating`: old pods are still there;
 * - `unavailable`: the new pods are made and not all available.
 */
type WaitingStage = "unobserved" | "paused" | "updating" | "terminating" | "unavailable";

/** What was known when the change was made. */
export interface StatusBaseline {
  /** The generation in the answer to our PATCH: a status about an older one says nothing of the change. */
  readonly generation?: number | undefined;
  /** `lastUpdateTime` of a ProgressDeadlineExceeded that was there before the change. */
  readonly deadlineExceededBefore?: string | undefined;
}

const deadlineExceeded = "ProgressDeadlineExceeded";

/**
 * Judges a Deployment as `kubectl rollout status` does, in the same order (kubernetes/kubectl,
 * pkg/polymorphichelpers/rollout_status.go): observed, deadline, updated, old pods gone, available. Knowingly better:
 *
 * - what counts is the generation that our own PATCH answered, not only that of the object at hand;
 * - a ProgressDeadlineExceeded that was there before the change is no failure. The controller keeps such a condition,
 *   its time included, until there is progress, so a return to a good template would be called failed at once;
 * - a paused Deployment is waited for in so many words.
 */
export function deploymentStatus(site: ObservedSite, baseline: StatusBaseline = {}): DeploymentStatus {
  const { replicas, updated, available } = site.status;
  if (!isObserved(site) || site.observedGeneration < (baseline.generation ?? 0)) {
    return waiting(site, "unobserved", "the Deployment controller has not seen the change yet");
  }
  if (site.paused) return waiting(site, "paused", "the Deployment is paused");
  if (hasExceededDeadline(site, baseline)) {
    const seconds =
      site.progressDeadlineSeconds === undefined ? "its" : `${site.progressDeadlineSeconds} s of`;
    return { kind: "failed", message: `no progress within ${seconds} progress deadline` };
  }
  if (updated < site.replicas) {
    return waiting(site, "updating", `${updated} of ${site.replicas} new pods are made`);
  }
  if (replicas > updated) {
    return waiting(site, "terminating", `${replicas - updated} old pods are still there`);
  }
  if (available < updated) {
    return waiting(site, "unavailable", `${available} of ${updated} new pods are available`);
  }
  return { kind: "done", message: site.replicas === 0 ? "it has 0 replicas, so nothing ran" : "available" };
}

/** The time of a ProgressDeadlineExceeded that is there before a change; undefined when there is none. */
export function deadlineExceededAt(site: ObservedSite): string | undefined {
  return site.progressing?.reason === deadlineExceeded ? site.progressing.lastUpdateTime : undefined;
}

function hasExceededDeadline(site: ObservedSite, baseline: StatusBaseline): boolean {
  const exceededAt = deadlineExceededAt(site);
  return exceededAt !== undefined && exceededAt !== baseline.deadlineExceededBefore;
}

function waiting(site: ObservedSite, stage: WaitingStage, message: string): DeploymentStatus {
  const failure = site.replicaFailure;
  if (stage === "unobserved" || failure === undefined || failure.status !== "True") {
    return { kind: "waiting", stage, message };
  }
  return { kind: "waiting", stage, message, obstacle: failure.message || failure.reason };
}
