import { setTimeout as delay } from "node:timers/promises";
import type { Operation } from "fast-json-patch";
import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError, isRefusal, refusalPatienceMs, UnreachableError } from "../../shared/cluster/api-error.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { observeDeployment, type ObservedSite } from "../../shared/rollout/observed-site.ts";
import { fieldManager } from "../field-manager.ts";

/** What became of one site's PATCH. */
export type PatchOutcome =
  /** Stored, now or by an earlier attempt whose answer was lost; the Deployment as it stands. */
  | { readonly type: "patched"; readonly site: ObservedSite; readonly warnings: readonly string[] }
  /** Somebody else changed the Deployment since it was listed; nothing was overwritten. */
  | { readonly type: "conflict"; readonly reason: string }
  /** Admission, validation or quota refuses this change of this site. */
  | { readonly type: "refused"; readonly reason: string }
  | { readonly type: "gone" }
  /** We may not patch Deployments here: true of the next site too. */
  | { readonly type: "forbidden"; readonly reason: string }
  /** No answer for so long that nobody knows whether the site was changed. */
  | { readonly type: "unreachable"; readonly reason: string };

export interface SitePatch {
  readonly namespace: string;
  readonly name: string;
  readonly operations: readonly Operation[];
  /** Whether a Deployment already carries this change, so that a repeated PATCH is told from a conflict. */
  readonly isApplied: (site: ObservedSite) => boolean;
}

const mostConflictRetries = 3;
const firstBackoffMs = 250;
const longestBackoffMs = 4_000;
const longestRetryAfterMs = 30_000;
/** An API server that restarts or moves is back well before this. */
export const longestUnreachableMs = 300_000;

/**
 * Sends one site's JSON Patch until its outcome is known. An answer that is lost is asked for again: the `test`
 * operations make a second PATCH fail if the first was stored, and a re-read tells which. Throws only what `confirm`
 * throws, and when `signal` is aborted.
 *
 * @param confirm makes sure, before each attempt, that the rollout is still ours: one that was taken over while an
 *   attempt waited must not reach a site after its rollback. It throws where it is not.
 */
export async function patchSite(
  client: ApiClient,
  patch: SitePatch,
  confirm: () => Promise<void>,
  signal: AbortSignal,
): Promise<PatchOutcome> {
  const started = performance.now();
  let conflicts = 0;
  let forbiddenSince: number | undefined;
  for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(backoffMs * 2, longestBackoffMs)) {
    await confirm();
    let pauseMs = backoffMs;
    try {
      const { body, warnings } = await sendPatch(client, patch, { signal, repeat: false });
      return { type: "patched", site: observeDeployment(body), warnings };
    } catch (error) {
      signal.throwIfAborted();
      const outcome = await classify(client, patch, error, signal);
      if (outcome !== "again" && outcome.type === "forbidden") {
        forbiddenSince ??= performance.now();
        if (performance.now() - forbiddenSince > refusalPatienceMs) return outcome;
      } else if (outcome !== "again") return outcome;
      if (error instanceof ApiError && error.status === 409 && (conflicts += 1) > mostConflictRetries) {
        return { type: "conflict", reason: error.message };
      }
      if (performance.now() - started > longestUnreachableMs) {
        return { type: "unreachable", reason: error instanceof Error ? error.message : String(error) };
      }
      pauseMs = Math.max(backoffMs, retryAfterMs(error));
    }
    await delay(pauseMs, undefined, { signal });
  }
}

function retryAfterMs(error: unknown): number {
  const seconds = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0;
  return Math.min(seconds * 1000, longestRetryAfterMs);
}

/** One PATCH, stored or as a server-side dry run; throws what the API server answers. `repeat` as in ApiRequest. */
export async function sendPatch(
  client: ApiClient,
  patch: Pick<SitePatch, "namespace" | "name" | "operations">,
  options: { readonly signal: AbortSignal; readonly dryRun?: boolean; readonly repeat?: boolean },
) {
  return await client.request({
    method: "PATCH",
    path: deploymentPath(patch),
    contentType: "application/json-patch+json",
    query: { fieldManager, dryRun: options.dryRun === true ? "All" : undefined },
    body: patch.operations,
    signal: options.signal,
    repeat: options.repeat ?? true,
  });
}

export function deploymentPath(site: { readonly namespace: string; readonly name: string }): string {
  return resourcePath({
    apiVersion: "apps/v1",
    resource: "deployments",
    namespace: site.namespace,
    name: site.name,
  });
}

async function classify(
  client: ApiClient,
  patch: SitePatch,
  error: unknown,
  signal: AbortSignal,
): Promise<PatchOutcome | "again"> {
  if (isNoAnswer(error)) return "again";
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 404) return { type: "gone" };
  if (error.status === 409 || isPassing(error)) return "again";
  if (isFailedTest(error)) return await reread(client, patch, signal);
  if (isForbidden(error)) return { type: "forbidden", reason: error.message };
  return { type: "refused", reason: error.message };
}

/** A failed `test` is a 422 without causes; what fails validation has them. */
function isFailedTest(error: ApiError): boolean {
  return error.status === 422 && error.causes.length === 0 && !isFromAdmission(error);
}

/** Admission webhooks and policies refuse with codes of their choice, 403 unless they say otherwise. */
function isFromAdmission(error: ApiError): boolean {
  return /admission webhook|ValidatingAdmissionPolicy|failed calling webhook|exceeded quota/.test(
    error.message,
  );
}

function isForbidden(error: ApiError): boolean {
  return isRefusal(error) && !isFromAdmission(error);
}

/** No answer, or one that cannot be read: a proxy's page, or an object that is no Deployment. */
function isNoAnswer(error: unknown): boolean {
  if (error instanceof UnreachableError || error instanceof z.ZodError) return true;
  return error instanceof ApiError && error.status < 400;
}

/** The server is starting, stopping or overloaded. A webhook that cannot be called is a 500 too, and no passing one. */
function isPassing(error: ApiError): boolean {
  return (
    error.status === 429 ||
    error.status >= 502 ||
    (error.status === 500 && !isFromAdmission(error) && error.reason !== "InternalError")
  );
}

async function reread(
  client: ApiClient,
  patch: SitePatch,
  signal: AbortSignal,
): Promise<PatchOutcome | "again"> {
  try {
    const path = deploymentPath(patch);
    const { body } = await client.request({ method: "GET", path, signal, repeat: false });
    const site = observeDeployment(body);
    if (patch.isApplied(site)) return { type: "patched", site, warnings: [] };
    return { type: "conflict", reason: "it was changed by someone else since the rollout began" };
  } catch (error) {
    signal.throwIfAborted();
    if (isNoAnswer(error)) return "again";
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) return { type: "gone" };
    if (isForbidden(error)) return { type: "forbidden", reason: error.message };
    // A read writes nothing, so no webhook judges it: what is wrong is wrong with the server.
    return "again";
  }
}
