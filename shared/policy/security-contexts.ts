import type { PodPart } from "./subject.ts";
import { locatedMember } from "./subject.ts";
import type { Located } from "./subject.ts";

/** The pod's own security context and each container's: what PSS controls look at. */
export function securityContexts(pod: PodPart): readonly Located[] {
  return [pod.spec, ...pod.containers].map((owner) => locatedMember(owner, "securityContext"));
}

/** The security context of each container. */
export function containerSecurityContexts(pod: PodPart): readonly Located[] {
  return pod.containers.map((container) => locatedMember(container, "securityContext"));
}
