import { createDeadlineQueue, type DeadlineQueue } from "./deadline-queue.ts";
import type { DeploymentStatus } from "./deployment-status.ts";
import type { FailureReason } from "./failure-reason.ts";
import { siteKey, type ObservedSite } from "./observed-site.ts";
import type { PlannedSite, RolloutPlan } from "./rollout-plan.ts";

export type RolloutPhase = "Progressing" | "Paused" | "Complete" | "Failed" | "Aborted";

/** What became of one site, as results show it. `pending` is also a site that was patched and not seen to its end. */
export type SiteOutcome = "updated" | "unchanged" | "failed" | "skipped" | "conflict" | "pending";

/** Why a rollout stopped starting sites before its end. */
export type StopCause = "failures" | "forbidden" | "timeout" | StopRequest;

/** Stops that come from outside: a person, here or on another machine, or the loss of the Lease or of the watch. */
export type StopRequest = "pause" | "abort" | "interrupt" | "lease-lost" | "unreachable";

/**
 * Why a site's PATCH changed nothing:
 *
 * - `conflict`: somebody else had changed the Deployment (a failed test);
 * - `refused`: the API server or a webhook refused the change itself (422 with causes, a denial);
 * - `forbidden`: we may not patch Deployments there (403 of the authorizer);
 * - `gone`: there is no such Deployment (404);
 * - `unreachable`: no answer, however often it was tried; nobody knows whether the site was changed;
 * - `not-sent`: it was still queued when the rollout stopped starting sites, and was taken back.
 */
export type PatchFailure = "conflict" | "refused" | "forbidden" | "gone" | "unreachable" | "not-sent";

/** What happened. The time of an event is passed beside it, and never goes back. */
export type RolloutEvent =
  /** The watch has delivered its first list (as `observed` events): sites may start. */
  | { readonly type: "started" }
  /** The answer to a PATCH, projected. */
  | { readonly type: "patched"; readonly site: string; readonly observed: ObservedSite }
  | {
      readonly type: "patchFailed";
      readonly site: string;
      readonly failure: PatchFailure;
      readonly reason: string;
    }
  /** A Deployment as the watch shows it; any order, late and repeated ones are fine, sites of others too. */
  | { readonly type: "observed"; readonly observed: ObservedSite }
  /** The Deployment is gone. */
  | { readonly type: "deleted"; readonly site: string }
  /** The answer to a `diagnose`: what its pods say, or undefined when they say nothing or could not be read. */
  | { readonly type: "diagnosed"; readonly site: string; readonly reason: FailureReason | undefined }
  | { readonly type: "stopRequested"; readonly cause: StopRequest }
  /** The watch was interrupted, or its owner slept: from now on nobody sees what becomes of the sites. */
  | { readonly type: "sightLost" }
  /** The sites are seen again. */
  | { readonly type: "sightRegained" }
  /** The answer to a `look`: every site was told as `observed`, as it is now. */
  | { readonly type: "looked" }
  | { readonly type: "tick" };

/** What the driver is to do. */
export type RolloutIntent =
  /** Send this site's PATCH, once, and answer with `patched` or `patchFailed`. */
  | { readonly type: "patch"; readonly site: PlannedSite }
  /** Read this site's pods, and answer with `diagnosed`, whatever comes. */
  | { readonly type: "diagnose"; readonly site: PlannedSite }
  /** List the sites, tell each of them as `observed`, and answer with `looked`; try again until the list is there. */
  | { readonly type: "look" }
  /** Send a `tick` at this time; it replaces an earlier wake-up, which was later. */
  | { readonly type: "wakeAt"; readonly at: number }
  /** Something worth a line on a terminal. */
  | { readonly type: "notice"; readonly notice: RolloutNotice }
  /** Roll back this rollout, as a rollout of its own; comes just before `finished`. */
  | { readonly type: "startRollback"; readonly of: string }
  /** The end: no intent follows. */
  | { readonly type: "finished"; readonly phase: RolloutPhase; readonly cause: StopCause | undefined };

/** What a person watching wants to be told. Waves count from 1. */
export type RolloutNotice =
  | { readonly kind: "waveStarted"; readonly wave: number; readonly waves: number; readonly size: number }
  | { readonly kind: "soakStarted"; readonly wave: number; readonly until: number }
  | { readonly kind: "windowOpened"; readonly sites: number; readonly inFlight: number }
  | { readonly kind: "siteUpdated"; readonly site: string; readonly afterMs: number }
  | {
      readonly kind: "siteFailed" | "siteConflict" | "siteSkipped";
      readonly site: string;
      readonly reason: string;
    }
  | { readonly kind: "siteRecovered"; readonly site: string }
  | { readonly kind: "stopping"; readonly cause: StopCause; readonly unfinished: number };

/** How far one site is. `patching` and `waiting` are what counts as in flight. */
export type SiteStep = "pending" | "patching" | "waiting" | "updated" | "failed" | "conflict" | "skipped";

/** One site that the rollout changes. */
export interface SiteProgress {
  readonly key: string;
  readonly planned: PlannedSite;
  step: SiteStep;
  reason: string | undefined;
  /** The canary wave that it started in, from 0; past the last one is the window. */
  wave: number;
  /** From the answer to the PATCH. */
  generation: number | undefined;
  /** The image that the PATCH left there, which a webhook may have rewritten. */
  image: string | undefined;
  patchedAt: number;
  /** When it last was available after its PATCH, or had failed. */
  settledAt: number | undefined;
  /** The last time that its status showed a difference. */
  changedAt: number;
  /** Time since its PATCH in which nobody saw it, which does not make it late. */
  unseenMs: number;
  /** Its status when it last showed a difference; what waiting sites are diagnosed by. */
  status: DeploymentStatus | undefined;
  /** That status and the counts of pods as one text, to tell a difference by. */
  signature: string;
  /** Whether the controller has made pods of the new template: before that there is nothing to diagnose. */
  hasNewPods: boolean;
  /** Seen by the watch before the answer to its PATCH. */
  early: ObservedSite | undefined;
  /** Available pods when it was done. */
  availableWhenDone: number | undefined;
  diagnosing: boolean;
  diagnosedAt: number;
  diagnoses: number;
  lastReason: FailureReason | undefined;
  /** When its live entry in the deadline queue is due. */
  timerAt: number | undefined;
  /** Failed before the rollout was resumed by somebody who knew of it: it spends nothing of the new budget. */
  carriedOver: boolean;
}

/**
 * The state of a running rollout. It belongs to `advance` (rollout-machine.ts), which changes it in place, since a
 * copy for each of a hundred thousand events would cost more than all else; everybody else only reads it.
 */
export interface RolloutState {
  readonly plan: RolloutPlan;
  readonly sites: ReadonlyMap<string, SiteProgress>;
  /** The sites to change, in the order in which they start. */
  readonly order: readonly SiteProgress[];
  readonly counts: Record<SiteStep, number>;
  /** Sites of the plan that need nothing, by their outcome. */
  readonly untouched: Readonly<Record<"unchanged" | "skipped" | "failed", number>>;
  readonly deadlines: DeadlineQueue<SiteProgress | undefined>;
  phase: RolloutPhase;
  cause: StopCause | undefined;
  createdAt: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  /** Where in `order` the next site to start is looked for. */
  cursor: number;
  /** The current canary wave, from 0; the number of waves once the window is open. */
  wave: number;
  /** Sites of the current wave that ran to their end. */
  settledInWave: number;
  soakUntil: number | undefined;
  /** The look at the canaries that ends a soak; undefined until it is asked for. */
  look: "asked" | "answered" | undefined;
  /** Since when nobody sees the sites; undefined while they are seen. */
  unseenSince: number | undefined;
  /** Failures of this run: they spend the budget, and what is spent does not come back. */
  failures: number;
  stop: { readonly cause: StopCause; readonly drain: boolean; readonly phase: RolloutPhase } | undefined;
  /** How long sites took from PATCH to available, as a moving average; undefined before the first. */
  typicalMs: number | undefined;
  /** Diagnoses that are asked for and not answered. */
  diagnosing: number;
  armedAt: number | undefined;
  /** Times of the last sites to finish, for the rate. */
  readonly finishTimes: number[];
  /** The last sites to fail, newest last. */
  readonly lastFailures: SiteProgress[];
}

/** One call of `advance`: what it works on, its time, and the intents so far. */
export interface Turn {
  readonly state: RolloutState;
  readonly now: number;
  readonly intents: RolloutIntent[];
}

/** Sites that failed before a rollout was resumed, and why: by `namespace/name`. */
export type EarlierFailures = ReadonlyMap<string, string>;

/**
 * The state at the beginning, or where an interrupted rollout goes on: planned sites without a `change` were patched
 * before, and are only waited for. Nothing starts before the event `started`.
 *
 * Who resumes a rollout that paused has seen its failures, and the budget starts anew. One that is to be taken back by
 * itself goes on as if it had not been interrupted: its failures still count.
 *
 * @param now milliseconds, on the clock of all later events
 */
export function createRolloutState(
  plan: RolloutPlan,
  now: number,
  earlierFailures: EarlierFailures = new Map(),
): RolloutState {
  const order = plan.sites
    .filter((site) => site.action === "update")
    .map((site) => createProgress(site, now));
  const renewsBudget = plan.kind === "rollback" || plan.strategy.onFailure === "pause";
  const counts = { pending: 0, patching: 0, waiting: 0, updated: 0, failed: 0, conflict: 0, skipped: 0 };
  for (const site of order) {
    if (site.step === "waiting") {
      const reason = earlierFailures.get(site.key);
      if (reason !== undefined) {
        site.step = "failed";
        site.reason = reason;
        site.carriedOver = renewsBudget;
      }
    }
    counts[site.step] += 1;
  }
  const state: RolloutState = {
    plan,
    sites: new Map(order.map((site) => [site.key, site])),
    order,
    counts,
    untouched: {
      unchanged: plan.sites.filter((site) => site.action === "unchanged").length,
      skipped: plan.sites.filter((site) => site.action === "skipped").length,
      failed: plan.sites.filter((site) => site.action === "failed").length,
    },
    deadlines: createDeadlineQueue(),
    phase: "Progressing",
    cause: undefined,
    createdAt: now,
    startedAt: undefined,
    finishedAt: undefined,
    cursor: 0,
    wave: 0,
    settledInWave: 0,
    soakUntil: undefined,
    look: undefined,
    unseenSince: undefined,
    failures: order.filter((site) => site.step === "failed" && !site.carriedOver).length,
    stop: undefined,
    typicalMs: undefined,
    diagnosing: 0,
    armedAt: undefined,
    finishTimes: [],
    lastFailures: order.filter((site) => site.step === "failed").slice(-maxLastFailures),
  };
  placeInWaves(state);
  return state;
}

/** How many failures are kept for display. */
export const maxLastFailures = 10;

/** Sites that are being changed: asked to be patched, or patched and not yet seen to their end. */
export function unfinishedCount(state: RolloutState): number {
  return state.counts.patching + state.counts.waiting;
}

/**
 * Sites that were patched before fill the waves in order, but for failures that are forgiven. The wave of the last of them is the current one: that it had
 * begun means that the ones before it were healthy and had soaked.
 */
function placeInWaves(state: RolloutState): void {
  const { waves } = state.plan.strategy;
  let inWave = 0;
  for (const site of state.order) {
    if (site.step === "pending" || site.carriedOver) continue;
    if (inWave === waves[state.wave]) {
      state.wave += 1;
      inWave = 0;
    }
    site.wave = state.wave;
    inWave += 1;
  }
}

function createProgress(planned: PlannedSite, now: number): SiteProgress {
  const isPatched = planned.change === undefined;
  return {
    key: siteKey(planned),
    planned,
    step: isPatched ? "waiting" : "pending",
    reason: undefined,
    wave: 0,
    generation: planned.patchedGeneration,
    image: isPatched ? planned.to : undefined,
    patchedAt: now,
    settledAt: undefined,
    changedAt: now,
    unseenMs: 0,
    status: undefined,
    signature: "",
    hasNewPods: false,
    early: undefined,
    availableWhenDone: undefined,
    diagnosing: false,
    diagnosedAt: 0,
    diagnoses: 0,
    lastReason: undefined,
    timerAt: undefined,
    carriedOver: false,
  };
}
