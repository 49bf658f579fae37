import type { PolicyRequest } from "./judge-request.ts";

/** How the validating half looks at a resource. */
export interface ReviewedResource {
  readonly version: string;
  readonly kind: string;
  /** A site is judged whole; a workload by its pods' controls; a scale by its replicas. */
  readonly review: "site" | "workload" | "scale";
}

const workload = (version: string, kind: string): ReviewedResource => ({ version, kind, review: "workload" });
const scale: ReviewedResource = { version: "v1", kind: "Scale", review: "scale" };

/**
 * Everything that makes pods, or more of them. The key is `group/resource[/subresource]`. Scales carry the version of
 * the resource that they belong to, and kind and version of their own.
 */
const reviewedResources: ReadonlyMap<string, ReviewedResource> = new Map([
  ["apps/deployments", { version: "v1", kind: "Deployment", review: "site" }],
  ["apps/deployments/scale", scale],
  ["apps/replicasets/scale", scale],
  ["apps/statefulsets/scale", scale],
  ["/replicationcontrollers/scale", scale],
  ["/pods", workload("v1", "Pod")],
  ["/pods/ephemeralcontainers", workload("v1", "Pod")],
  ["/pods/resize", workload("v1", "Pod")],
  ["/podtemplates", workload("v1", "PodTemplate")],
  ["/replicationcontrollers", workload("v1", "ReplicationController")],
  ["apps/replicasets", workload("v1", "ReplicaSet")],
  ["apps/statefulsets", workload("v1", "StatefulSet")],
  ["apps/daemonsets", workload("v1", "DaemonSet")],
  ["batch/jobs", workload("v1", "Job")],
  ["batch/cronjobs", workload("v1", "CronJob")],
]);

/** How a request's resource is looked at; undefined for those that the policy has nothing to say about. */
export function reviewedResource({
  resource,
  subResource,
}: Pick<PolicyRequest, "resource" | "subResource">): ReviewedResource | undefined {
  const subresource = subResource ? `/${subResource}` : "";
  return reviewedResources.get(`${resource.group}/${resource.resource}${subresource}`);
}
