import * as z from "zod";
import { isObject } from "../../shared/policy/json.ts";
import type { Limits } from "../../shared/policy/limits.ts";
import { observeDeployment } from "../../shared/rollout/observed-site.ts";
import { versionOf } from "../../shared/rollout/target.ts";
import { servingContainer } from "../../shared/site/site-labels.ts";
import { judgeLiveDeployment } from "../audit/judge-live-deployment.ts";

/** One site as `sites` lists it, and as `-o json` prints it. */
export interface SiteSummary {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly image: string;
  readonly ready: number;
  readonly replicas: number;
  /** When its Deployment was created, RFC 3339. */
  readonly createdAt: string;
  /** Of its first hostname; absent for a site without an Ingress. */
  readonly url?: string;
  /** The rollout whose template it runs; absent before its first. */
  readonly rollout?: string;
  readonly held: boolean;
  readonly paused: boolean;
  /** Whether it could be created today, under the limits. */
  readonly withinLimits: boolean;
  /** The controls that would refuse it, each once. */
  readonly violations: readonly string[];
}

const createdSchema = z.object({
  metadata: z.object({ creationTimestamp: z.string().default("") }),
  status: z.object({ readyReplicas: z.number().default(0) }).nullish(),
});

/** Projects a raw Deployment to one line of `sites`. @param now milliseconds since 1970: exemptions expire */
export function summariseSite(raw: unknown, limits: Limits, now: number): SiteSummary {
  const site = observeDeployment(raw);
  const { metadata, status } = createdSchema.parse(raw);
  const image = servingContainer(site.containers)?.image ?? "";
  const violations = isObject(raw)
    ? judgeLiveDeployment(raw, site.namespace, limits, now).evaluation.violations
    : [];
  return {
    namespace: site.namespace,
    name: site.name,
    version: versionOf(image),
    image,
    ready: status?.readyReplicas ?? 0,
    replicas: site.replicas,
    createdAt: metadata.creationTimestamp,
    ...(site.annotations.rollout === undefined ? {} : { rollout: site.annotations.rollout }),
    held: site.held,
    paused: site.paused,
    withinLimits: violations.length === 0,
    violations: [...new Set(violations.map(({ control }) => control))],
  };
}
