import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import type { LiveDeployment } from "../../shared/site/manifests/deployment.ts";
import { ownerAnnotation, servingContainer } from "../../shared/site/site-labels.ts";
import { fieldManager } from "../field-manager.ts";

/** A Deployment that has a site's name, as it is in the cluster. */
export interface LiveSite {
  /** Raw: what the policy compares with. */
  readonly object: unknown;
  /** See `ownerDigest`; undefined for a Deployment that was not made from a request. */
  readonly owner: string | undefined;
  readonly deployment: LiveDeployment;
}

const schema = z.object({
  metadata: z.object({
    annotations: z.record(z.string(), z.string()).nullish(),
    managedFields: z
      .array(
        z.object({
          manager: z.string().optional(),
          operation: z.string().optional(),
          fieldsV1: z.object({ "f:spec": z.record(z.string(), z.unknown()).optional() }).optional(),
        }),
      )
      .nullish(),
  }),
  spec: z.object({
    replicas: z.number().default(1),
    template: z.object({
      spec: z.object({ containers: z.array(z.object({ name: z.string(), image: z.string().default("") })) }),
    }),
  }),
});

/** Reads the Deployment with a site's name; undefined if there is none. */
export async function readLiveSite(
  client: ApiClient,
  namespace: string,
  siteName: string,
): Promise<LiveSite | undefined> {
  const path = resourcePath({ apiVersion: "apps/v1", resource: "deployments", namespace, name: siteName });
  try {
    return parseLiveSite((await client.request({ method: "GET", path })).body);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function parseLiveSite(object: unknown): LiveSite {
  const { metadata, spec } = schema.parse(object);
  const { containers } = spec.template.spec;
  const container = servingContainer(containers);
  // A field that only we have ever applied would vanish from the object if we applied it no more.
  const ownsReplicas = (metadata.managedFields ?? []).some(
    ({ manager, operation, fieldsV1 }) =>
      manager === fieldManager && operation === "Apply" && fieldsV1?.["f:spec"]?.["f:replicas"] !== undefined,
  );
  return {
    object,
    owner: metadata.annotations?.[ownerAnnotation],
    deployment: {
      image: container?.image ?? "",
      replicas: ownsReplicas ? spec.replicas : undefined,
    },
  };
}
