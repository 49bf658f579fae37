import { setTimeout as delay } from "node:timers/promises";
import { type AuditedRequest, readAuditLog } from "../../control-plane/audit-log.ts";
import type { Fleet } from "./fleet.ts";

/** Longest time after an answer in which its line must be in the audit log. */
const auditLagMs = 10_000;

/**
 * The requests of one program since `from`, once all its PATCHes of Deployments are among them, one a site or more.
 * @throws when there are fewer: then it did not do what is to be compared.
 */
export async function requestsOf(fleet: Fleet, userAgent: string, from: number): Promise<AuditedRequest[]> {
  const deadline = performance.now() + auditLagMs;
  for (;;) {
    const requests = await readAuditLog(fleet.auditLog, { userAgent, from });
    const patches = sitePatches(requests).length;
    if (patches >= fleet.sites.length) return requests;
    if (performance.now() > deadline) {
      throw new Error(`${userAgent} changed ${patches} of ${fleet.sites.length} sites`);
    }
    await delay(200);
  }
}

/**
 * The seconds from when the API server received the first PATCH of a site to when it had answered the last one: the
 * same measure for every contestant, whatever it does before and after.
 */
export function patchPhaseSeconds(requests: readonly AuditedRequest[]): number {
  const patches = sitePatches(requests);
  const begins = patches.map((request) => Date.parse(request.requestReceivedTimestamp));
  const ends = patches.map((request) => Date.parse(request.stageTimestamp));
  return (Math.max(...ends) - Math.min(...begins)) / 1000;
}

/**
 * All requests but pages of lists of the sites and their ReplicaSets, which grow with the fleet, and renewals of the
 * Lease, which grow with time.
 */
export function countedRequests(requests: readonly AuditedRequest[]): readonly AuditedRequest[] {
  return requests.filter(({ verb, objectRef: { resource } }) => {
    const isPage = verb === "list" && (resource === "deployments" || resource === "replicasets");
    const isRenewal = verb === "update" && resource === "leases";
    return !isPage && !isRenewal;
  });
}

function sitePatches(requests: readonly AuditedRequest[]): AuditedRequest[] {
  return requests.filter(
    ({ verb, objectRef, requestURI, responseStatus }) =>
      verb === "patch" &&
      objectRef.resource === "deployments" &&
      objectRef.subresource === "" &&
      responseStatus.code === 200 &&
      !requestURI.includes("dryRun"),
  );
}
