import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { failureReason, type FailureReason } from "../../shared/rollout/failure-reason.ts";
import { revisionAnnotation } from "../../shared/rollout/rollout-annotations.ts";
import { deploymentPath } from "./patch-site.ts";

const deploymentSchema = z.object({
  metadata: z.object({ uid: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({ selector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }) }),
});

const ownedSchema = z.object({
  metadata: z.object({
    uid: z.string(),
    annotations: z.record(z.string(), z.string()).nullish(),
    ownerReferences: z.array(z.object({ uid: z.string(), controller: z.boolean().nullish() })).nullish(),
  }),
});

type Owned = z.infer<typeof ownedSchema>;

/**
 * Why a site's newest pods do not get ready, in the pods' own words: three requests, for sites that fail or stall.
 * Undefined when the pods say nothing.
 */
export async function diagnoseSite(
  client: ApiClient,
  site: { readonly namespace: string; readonly name: string },
  container: string,
  signal: AbortSignal,
): Promise<FailureReason | undefined> {
  const { body } = await client.request({ method: "GET", path: deploymentPath(site), signal });
  const { metadata, spec } = deploymentSchema.parse(body);
  const labelSelector = Object.entries(spec.selector.matchLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const { namespace } = site;
  const replicaSets = await listAll(
    client,
    resourcePath({ apiVersion: "apps/v1", resource: "replicasets", namespace }),
    (raw) => ownedSchema.parse(raw),
    { labelSelector, signal },
  );
  const newest = replicaSets.items.find(
    (replicaSet) =>
      isControlledBy(replicaSet, metadata.uid) &&
      replicaSet.metadata.annotations?.[revisionAnnotation] === metadata.annotations[revisionAnnotation],
  );
  if (newest === undefined) return undefined;
  const pods = await listAll(
    client,
    resourcePath({ apiVersion: "v1", resource: "pods", namespace }),
    (raw) => raw,
    {
      labelSelector,
      signal,
    },
  );
  const own = pods.items.filter((raw) => isControlledBy(ownedSchema.parse(raw), newest.metadata.uid));
  return failureReason(own, container);
}

function isControlledBy(object: Owned, uid: string): boolean {
  return (object.metadata.ownerReferences ?? []).some(
    (owner) => owner.controller === true && owner.uid === uid,
  );
}
