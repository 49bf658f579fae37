import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { isObject, memberAt } from "../../shared/policy/json.ts";
import { siteLabel, siteLabelValue } from "../../shared/site/site-labels.ts";
import { verdictOf } from "../lint/verdict.ts";
import type { Verdict } from "../lint/verdict.ts";
import type { AuditScope } from "./audit.ts";
import { judgeLiveDeployment } from "./judge-live-deployment.ts";

/** A live object and what is said of it. */
export interface Audited {
  readonly uid: unknown;
  readonly verdict: Verdict;
}

/** Judges every Deployment that is a site: labelled, or in an enforced namespace. */
export async function auditSites(
  { client, namespace, enforced, limits, io }: AuditScope,
  labelSelector: string | undefined,
): Promise<readonly Audited[]> {
  const path = resourcePath({ apiVersion: "apps/v1", resource: "deployments", namespace });
  const judge = (raw: unknown): Audited | undefined => {
    const within = memberAt(raw, "metadata", "namespace");
    const isLabelled = memberAt(raw, "metadata", "labels", siteLabel) === siteLabelValue;
    if (!isObject(raw) || typeof within !== "string" || !(isLabelled || enforced.has(within)))
      return undefined;
    const { object, evaluation } = judgeLiveDeployment(raw, within, limits, io.now());
    return { uid: memberAt(raw, "metadata", "uid"), verdict: verdictOf(object, within, evaluation) };
  };
  const { items } = await listAll(client, path, judge, { labelSelector, signal: io.signal });
  return items.filter((audited) => audited !== undefined);
}
