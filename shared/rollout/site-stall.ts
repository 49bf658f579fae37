import type { FailureReason } from "./failure-reason.ts";
import type { SiteProgress, Turn } from "./rollout-state.ts";
import { isUnseenForTooLong } from "./rollout-sight.ts";
import { requestStop } from "./rollout-stop.ts";
import { deadlineOf, scheduleSite, stallOf } from "./site-deadlines.ts";
import { askForDiagnosis, failSite } from "./site-outcomes.ts";

/** Takes what a site's pods say. */
export function takeDiagnosed(turn: Turn, key: string, reason: FailureReason | undefined): void {
  const { state, intents } = turn;
  const site = state.sites.get(key);
  if (site === undefined || !site.diagnosing) return;
  site.diagnosing = false;
  state.diagnosing -= 1;
  if (site.step === "failed") {
    if (reason !== undefined) site.reason = `${reason.message} (${site.reason})`;
    intents.push({ type: "notice", notice: { kind: "siteFailed", site: key, reason: site.reason ?? "" } });
  }
  if (site.step === "waiting") takeReason(turn, site, reason);
}

/** A reason that waiting does not mend fails the site when it is found the second time in a row. */
function takeReason(turn: Turn, site: SiteProgress, reason: FailureReason | undefined): void {
  const { state, now } = turn;
  const isRepeated = reason?.isTerminal === true && site.lastReason?.code === reason.code;
  site.lastReason = reason;
  site.diagnosedAt = now;
  site.diagnoses += 1;
  if (isRepeated) return failSite(turn, site, reason.message);
  scheduleSite(state, site);
}

/** Sees to all that is due: the rollout's own timeout, sites that are too late, sites that stall. */
export function expireDeadlines(turn: Turn): void {
  const { state, now } = turn;
  for (let due = state.deadlines.takeDue(now); due !== undefined; due = state.deadlines.takeDue(now)) {
    const site = due.value;
    if (site === undefined) expireRollout(turn);
    else if (site.timerAt === due.at) {
      site.timerAt = undefined;
      if (site.step === "waiting") expireSite(turn, site);
    }
  }
}

function expireRollout(turn: Turn): void {
  const { state, now } = turn;
  const { timeoutMs } = state.plan.strategy;
  const isTimeout =
    timeoutMs !== undefined && state.startedAt !== undefined && now >= state.startedAt + timeoutMs;
  if (isTimeout) requestStop(turn, "timeout");
  else if (isUnseenForTooLong(turn)) requestStop(turn, "unreachable");
}

function expireSite(turn: Turn, site: SiteProgress): void {
  const { state, now } = turn;
  // Whether it is late can be said when it is seen again; then it is looked at anew.
  if (state.unseenSince !== undefined) return undefined;
  if (deadlineOf(state, site) <= now) return failLateSite(turn, site);
  if (stallOf(state, site) <= now) {
    const obstacle = site.status?.kind === "waiting" ? site.status.obstacle : undefined;
    if (obstacle !== undefined) {
      const message = `no pods can be made: ${obstacle}`;
      takeReason(turn, site, { code: "FailedCreate", message, isTerminal: true });
      return;
    }
    askForDiagnosis(turn, site);
  }
  scheduleSite(state, site);
}

function failLateSite(turn: Turn, site: SiteProgress): void {
  const { now } = turn;
  const seconds = Math.round((now - site.patchedAt) / 1000);
  const obstacle = site.status?.kind === "waiting" ? site.status.obstacle : undefined;
  const detail = [site.status?.message, obstacle]
    .filter((text) => text !== undefined)
    .map((text) => `: ${text}`);
  failSite(turn, site, `not available after ${seconds} s${detail.join("")}`, {
    diagnose: site.hasNewPods,
  });
}
