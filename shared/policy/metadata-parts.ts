import type { Located } from "./located.ts";
import type { PodPart } from "./pod-part.ts";
import type { Subject } from "./subject.ts";

/** The metadata of an object and, where they differ, of the pods that it makes. */
export function metadataParts(subject: Subject, pod: PodPart): readonly Located[] {
  return pod.metadata.path.length === 1 ? [subject.metadata] : [subject.metadata, pod.metadata];
}
