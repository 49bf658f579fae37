import * as z from "zod";
import { parseRevision, rawTemplate } from "./observed-site.ts";
import { templateFingerprint, withoutTemplateHash } from "./pod-template.ts";
import {
  pickRolloutAnnotations,
  revisionAnnotation,
  revisionHistoryAnnotation,
  type RolloutAnnotations,
} from "./rollout-annotations.ts";

/** What rollouts need to know of one ReplicaSet of a site. */
export interface ObservedReplicaSet {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Of the Deployment that controls it; undefined when none does. Names are not enough: they can be reused. */
  readonly ownerUid: string | undefined;
  /** As an integer; 0 when the controller has not numbered it, as kubectl reads it. */
  readonly revision: number;
  /** Whether its template was returned to, so that it had other numbers before. */
  readonly reused: boolean;
  readonly annotations: RolloutAnnotations;
  readonly containers: readonly { readonly name: string; readonly image: string }[];
  /** Of its template; only where asked for. */
  readonly templateFingerprint: string | undefined;
  /** Its template as a Deployment had it (without pod-template-hash), as JSON text, which is compact; where asked for. */
  readonly template: string | undefined;
}

const rawReplicaSet = z.object({
  metadata: z.object({
    namespace: z.string().default(""),
    name: z.string(),
    uid: z.string().default(""),
    annotations: z.record(z.string(), z.string()).nullish(),
    ownerReferences: z
      .array(z.object({ kind: z.string(), uid: z.string(), controller: z.boolean().nullish() }))
      .nullish(),
  }),
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.array(z.object({ name: z.string(), image: z.string().default("") })).default([]),
      }),
    }),
  }),
});

/**
 * Projects a raw ReplicaSet to what rollouts need of it.
 *
 * @throws ZodError for what is no ReplicaSet
 */
export function observeReplicaSet(
  raw: unknown,
  options: { readonly withFingerprint?: boolean; readonly withTemplate?: boolean } = {},
): ObservedReplicaSet {
  const { metadata, spec } = rawReplicaSet.parse(raw);
  const controller = metadata.ownerReferences?.find(
    (owner) => owner.controller === true && owner.kind === "Deployment",
  );
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    ownerUid: controller?.uid,
    revision: parseRevision(metadata.annotations?.[revisionAnnotation]) ?? 0,
    reused: metadata.annotations?.[revisionHistoryAnnotation] !== undefined,
    annotations: pickRolloutAnnotations(metadata.annotations ?? undefined),
    containers: spec.template.spec.containers,
    templateFingerprint: options.withFingerprint === true ? templateFingerprint(rawTemplate(raw)) : undefined,
    template:
      options.withTemplate === true ? JSON.stringify(withoutTemplateHash(rawTemplate(raw))) : undefined,
  };
}
