import { locatedMember } from "./subject.ts";
import type { Located, PodPart } from "./subject.ts";

const probeFields = ["livenessProbe", "readinessProbe", "startupProbe"] as const;
const hookFields = ["postStart", "preStop"] as const;

/** Every probe of every container; one that is missing is an empty part. */
export function probes(pod: PodPart): readonly Located[] {
  return pod.containers.flatMap((container) => probeFields.map((field) => locatedMember(container, field)));
}

/** Whatever the kubelet runs or calls for a container: probes and lifecycle hooks. */
export function handlers(pod: PodPart): readonly Located[] {
  const hooks = pod.containers.flatMap((container) => {
    const lifecycle = locatedMember(container, "lifecycle");
    return hookFields.map((field) => locatedMember(lifecycle, field));
  });
  return [...probes(pod), ...hooks];
}
