import { type AuditedRequest, endOfAuditLog, readAuditLog } from "../control-plane/audit-log.ts";
import type { ControlPlaneAccess } from "../control-plane/control-plane-access.ts";
import { controlPlane as sharedControlPlane } from "../control-plane/test-cluster.ts";
import { eventually } from "./eventually.ts";

/** What the plugin has asked of one namespace's sites since a moment, as the API server's audit log has it. */
export interface SitePatches {
  /** How often each site was changed: its PATCHes that were stored. */
  stored(): Promise<Readonly<Record<string, number>>>;
  /** Expects each of these sites to have been changed once, and no other. */
  expectOnce(names: readonly string[]): Promise<void>;
  /** PATCHes of sites, whatever became of them; dry runs are none. */
  sent(): Promise<readonly AuditedRequest[]>;
}

/** Counts from now on. A PATCH that was answered this very moment may take a moment to be in the log. */
export async function countSitePatches(
  namespace: string,
  controlPlane: ControlPlaneAccess = sharedControlPlane,
): Promise<SitePatches> {
  const log = controlPlane.auditLog ?? "";
  const from = await endOfAuditLog(log);

  async function sent(): Promise<readonly AuditedRequest[]> {
    const requests = await readAuditLog(log, { userAgent: "kubectl-subscribie/", from });
    return requests.filter(
      ({ verb, objectRef, requestURI }) =>
        verb === "patch" &&
        objectRef.resource === "deployments" &&
        objectRef.namespace === namespace &&
        !requestURI.includes("dryRun="),
    );
  }

  async function stored(): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    for (const { objectRef, responseStatus } of await sent()) {
      if (responseStatus.code === 200) counts[objectRef.name] = (counts[objectRef.name] ?? 0) + 1;
    }
    return counts;
  }

  return {
    sent,
    stored,
    async expectOnce(names) {
      await eventually(stored, Object.fromEntries(names.map((name) => [name, 1])));
    },
  };
}
