import { setTimeout as delay } from "node:timers/promises";
import type { Operation } from "fast-json-patch";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError, UnreachableError } from "../../shared/cluster/api-error.ts";
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
/** An API server that restarts or moves is back well before this. */
export const longestUnreachableMs = 300_000;

/**
 * Sends one site's JSON Patch until its outcome is known. An answer that is lost is asked for again: the `test`
 * operations make a second PATCH fail if the first was stored, and a re-read tells which. Throws only when `signal` is
 * aborted.
 */
export async function patchSite(
  client: ApiClient,
  patch: SitePatch,
  signal: AbortSignal,
): Promise<PatchOutcome> {
  const started = performance.now();
  let conflicts = 0;
  for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(backoffMs * 2, longestBackoffMs)) {
    try {
      const { body, warnings } = await sendPatch(client, patch, { signal });
      return { type: "patched", site: observeDeployment(body), warnings };
    } catch (error) {
      signal.throwIfAborted();
      const outcome = await classify(client, patch, error, signal);
      if (outcome !== "again") return outcome;
      if (error instanceof ApiError && error.status === 409 && (conflicts += 1) > mostConflictRetries) {
        return { type: "conflict", reason: error.message };
      }
      if (performance.now() - started > longestUnreachableMs) {
        return { type: "unreachable", reason: error instanceof Error ? error.message : String(error) };
      }
      await delay(backoffMs, undefined, { signal });
    }
  }
}

/** One PATCH, stored or as a server-side dry run; throws what the API server answers. */
export async function sendPatch(
  client: ApiClient,
  patch: Pick<SitePatch, "namespace" | "name" | "operations">,
  options: { readonly signal: AbortSignal; readonly dryRun?: boolean },
) {
  return await client.request({
    method: "PATCH",
    path: deploymentPath(patch),
    contentType: "application/json-patch+json",
    query: { fieldManager, dryRun: options.dryRun === true ? "All" : undefined },
    body: patch.operations,
    signal: options.signal,
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
  if (error instanceof UnreachableError) return "again";
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 404) return { type: "gone" };
  if (error.status === 409 || error.status === 429 || isPassing(error)) return "again";
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
  return error.status === 401 || (error.status === 403 && !isFromAdmission(error));
}

/** The server is starting, stopping or overloaded. A webhook that cannot be called is a 500 too, and no passing one. */
function isPassing(error: ApiError): boolean {
  return (
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
    const { body } = await client.request({ method: "GET", path: deploymentPath(patch), signal });
    const site = observeDeployment(body);
    if (patch.isApplied(site)) return { type: "patched", site, warnings: [] };
    return { type: "conflict", reason: "it was changed by someone else since the rollout began" };
  } catch (error) {
    if (error instanceof UnreachableError) return "again";
    if (error instanceof ApiError && error.status === 404) return { type: "gone" };
    throw error;
  }
}
