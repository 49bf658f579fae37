import { MalformedReviewError } from "./admission-review.ts";
import type { AdmissionRequest } from "./admission-review.ts";
import { isObject, stringMember } from "../shared/policy/json.ts";

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
export function reviewedResource({ resource, subResource }: AdmissionRequest): ReviewedResource | undefined {
  const subresource = subResource === undefined || subResource === "" ? "" : `/${subResource}`;
  return reviewedResources.get(`${resource.group}/${resource.resource}${subresource}`);
}

/**
 * The request's object, which has to be of the kind that its resource has: a crafted review could otherwise have one
 * thing judged by the rules of another.
 */
export function objectOf(request: AdmissionRequest, { kind }: ReviewedResource): unknown {
  const { object } = request;
  if (isObject(object) && stringMember(object, "kind") === kind) return object;
  throw new MalformedReviewError(
    `request.object is not a ${kind}, which the resource ${request.resource.resource} needs`,
  );
}
