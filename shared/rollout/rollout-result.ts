import { siteKey } from "./observed-site.ts";
import type { RolloutKind } from "./rollout-id.ts";
import type { PlannedSite } from "./rollout-plan.ts";
import type { RolloutPhase, RolloutState, SiteOutcome, SiteProgress, StopCause } from "./rollout-state.ts";

/** What became of one site. `from` and `to` are images; they are equal where nothing was to be changed. */
export interface SiteResult {
  readonly namespace: string;
  readonly name: string;
  readonly outcome: SiteOutcome;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/** Conflicts count as failed: the site was to be changed, and was not. */
export interface RolloutCounts {
  readonly total: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly skipped: number;
  readonly pending: number;
}

/** The result of a rollout as `-o json` prints it, and as outside programs rely on it. */
export interface RolloutResult {
  readonly id: string;
  readonly kind: RolloutKind;
  readonly phase: RolloutPhase;
  readonly target: string;
  readonly counts: RolloutCounts;
  readonly sites: readonly SiteResult[];
}

const outcomeOfStep = {
  pending: "pending",
  patching: "pending",
  waiting: "pending",
  updated: "updated",
  failed: "failed",
  conflict: "conflict",
  skipped: "skipped",
} as const satisfies Record<SiteProgress["step"], SiteOutcome>;

/** The result as it stands, at any time: sites in the order of the plan. */
export function rolloutResult(state: RolloutState): RolloutResult {
  const { id, kind, target } = state.plan;
  return { id, kind, phase: state.phase, target, counts: countOutcomes(state), sites: siteResults(state) };
}

/** The counts as they stand, without a look at any site. */
export function countOutcomes(state: RolloutState): RolloutCounts {
  const { counts, untouched, plan } = state;
  return {
    total: plan.sites.length,
    updated: counts.updated,
    unchanged: untouched.unchanged,
    failed: counts.failed + counts.conflict + untouched.failed,
    skipped: counts.skipped + untouched.skipped,
    pending: counts.pending + counts.patching + counts.waiting,
  };
}

function siteResults(state: RolloutState): SiteResult[] {
  return state.plan.sites.map((planned) => {
    const site = state.sites.get(siteKey(planned));
    return site === undefined ? plannedResult(planned) : progressResult(site);
  });
}

function plannedResult({ namespace, name, action, from, to, reason = "" }: PlannedSite): SiteResult {
  return { namespace, name, outcome: action === "update" ? "pending" : action, from, to, reason };
}

function progressResult({ planned, step, reason, status }: SiteProgress): SiteResult {
  const { namespace, name, from, to } = planned;
  const waitingFor =
    step === "waiting"
      ? `changed, and not available yet${status === undefined ? "" : `: ${status.message}`}`
      : "";
  return {
    namespace,
    name,
    outcome: outcomeOfStep[step],
    from,
    to,
    reason: reason ?? planned.reason ?? waitingFor,
  };
}

/**
 * The exit code of the command that drove or watched a rollout: 0 for a complete one with no failed site, 124 for one
 * that timed out, 130 for an interrupted one, 1 for everything else.
 */
export function rolloutExitCode(state: RolloutState): RolloutExitCode {
  return endedExitCode(state, countOutcomes(state));
}

/** The same for a rollout that ended, by what is recorded of it. */
export function endedExitCode(
  { phase, cause }: { readonly phase: RolloutPhase; readonly cause?: StopCause | "superseded" | undefined },
  { failed }: Pick<RolloutCounts, "failed">,
): RolloutExitCode {
  if (cause === "timeout") return 124;
  if (cause === "interrupt") return 130;
  return phase === "Complete" && failed === 0 ? 0 : 1;
}

type RolloutExitCode = 0 | 1 | 124 | 130;
