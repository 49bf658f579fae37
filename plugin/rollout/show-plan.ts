import { siteKey } from "../../shared/rollout/observed-site.ts";
import { rolloutResult, type RolloutResult, type SiteResult } from "../../shared/rollout/rollout-result.ts";
import { createRolloutState } from "../../shared/rollout/rollout-state.ts";
import { printable } from "../../shared/text/printable.ts";
import { exitCodes } from "../errors.ts";
import { warn } from "../terminal/warn.ts";
import { writeDiff } from "./diff-plan.ts";
import { tryPlan } from "./dry-run.ts";
import { findGoingOn, rollbackOf } from "./going-on.ts";
import { planWarnings, preflight } from "./preflight.ts";
import { prepareRollout, type PreparedRollout } from "./prepare-rollout.ts";
import { printPlan } from "./print-result.ts";
import type { RolloutRequest } from "./rollout-request.ts";
import { createRolloutStore } from "./rollout-store.ts";
import type { RunOptions } from "./run-rollout.ts";

/** `--dry-run`: what a rollout would do, and with `server` what the API server and its webhooks say to each PATCH. */
export async function showPlan(request: RolloutRequest, options: RunOptions): Promise<number> {
  const { client, io, recordNamespace } = options;
  const store = createRolloutStore(client, recordNamespace, io.signal);
  const stored = await store.list((problem) => warn(io, problem));
  const { resumed, failed } = findGoingOn(stored, request);
  if (failed !== undefined) {
    io.stderr.write(`rollout ${printable(failed.record.id)} failed, and would be rolled back\n`);
    return await showPlan(rollbackOf(request, failed.record.id), options);
  }
  const prepared = await prepareRollout(request, options, resumed?.record.id);
  if (resumed !== undefined) io.stderr.write(`it would resume rollout ${printable(resumed.record.id)}\n`);
  for (const warning of await warningsOf(prepared, options)) warn(io, warning);
  if (options.diff) await writeDiff(prepared, client, io);
  const planned = rolloutResult(createRolloutState(prepared.plan, 0));
  const result = options.dryRun === "server" ? await tryOut(planned, prepared, options) : planned;
  await printPlan(result, io, options.output, `${options.dryRun} dry run`);
  return result.counts.failed > 0 ? exitCodes.failed : exitCodes.done;
}

async function warningsOf(
  prepared: PreparedRollout,
  { client, recordNamespace, io, dryRun }: RunOptions,
): Promise<readonly string[]> {
  const { sites } = prepared.listed;
  if (dryRun === "client") return planWarnings({ plan: prepared.plan, sites });
  const { signal } = io;
  return await preflight({ ...prepared, client, recordNamespace, sites, signal, triesFirstPatch: false });
}

async function tryOut(
  planned: RolloutResult,
  prepared: PreparedRollout,
  { client, io }: RunOptions,
): Promise<RolloutResult> {
  const refused = await tryPlan(prepared, client, io.signal);
  const sites = planned.sites.map((site): SiteResult => {
    const reason = refused.get(siteKey(site));
    return reason === undefined ? site : { ...site, outcome: "failed", reason };
  });
  const { counts } = planned;
  return {
    ...planned,
    sites,
    counts: { ...counts, failed: refused.size, pending: counts.pending - refused.size },
  };
}
