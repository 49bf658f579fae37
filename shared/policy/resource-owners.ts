import { locatedMember } from "./subject.ts";
import type { Located, PodPart } from "./subject.ts";

/** The `resources` of the pod as a whole (KEP-2837) and of every container. */
export function resourceOwners(pod: PodPart): readonly Located[] {
  return [pod.spec, ...pod.containers].map((owner) => locatedMember(owner, "resources"));
}
