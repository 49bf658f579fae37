import * as z from "zod";
import type { ApiClient } from "../shared/cluster/api-client.ts";
import { resourcePath } from "../shared/cluster/resource-path.ts";

/** What a command has to be allowed, as `kubectl auth can-i` would be asked. */
export interface Permission {
  readonly verb: string;
  /** Of the API; empty for the core group. */
  readonly group: string;
  readonly resource: string;
  /** Undefined for every namespace. */
  readonly namespace: string | undefined;
}

const reviewSchema = z.object({ status: z.object({ allowed: z.boolean() }) });

/** Asks the API server whether the user may do something. */
export async function isAllowed(
  client: ApiClient,
  permission: Permission,
  signal: AbortSignal,
): Promise<boolean> {
  const { body } = await client.request({
    method: "POST",
    path: resourcePath({ apiVersion: "authorization.k8s.io/v1", resource: "selfsubjectaccessreviews" }),
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: permission },
    },
    signal,
  });
  return reviewSchema.parse(body).status.allowed;
}
