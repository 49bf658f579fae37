import type { RolloutKind } from "./rollout-id.ts";

/**
 * The annotations in which a rollout writes, on each site's Deployment and in the very PATCH that changes its
 * template, what it did. They describe the template that runs now:
 *
 * - an upgrade or restart sets `rollout`, `previousReplicaSet`, `previousImage` and the change cause, and removes the
 *   three of a rollback;
 * - a rollback R of a rollout U puts back the template of the recorded ReplicaSet together with the `rollout`,
 *   `previousReplicaSet` and `previousImage` that this ReplicaSet carries (or removes them, if it has none), and sets
 *   `rolledBack` (U), `rolledBackBy` (R) and `rolledBackFrom` (the ReplicaSet that the site left).
 *
 * So `rollout` = U says that the running template is U's, an earlier rollout can still be rolled back afterwards, and
 * a second rollback of U finds nothing to do.
 *
 * The Deployment controller copies a Deployment's annotations to its current ReplicaSet on every sync and never
 * removes one there (kubernetes/kubernetes, pkg/controller/deployment/util/deployment_util.go,
 * SetNewReplicaSetAnnotations): on a ReplicaSet they say which rollout's template it may be, and nothing more.
 */
export const rolloutAnnotation = {
  rollout: "subscribie.co.uk/rollout",
  previousReplicaSet: "subscribie.co.uk/previous-replicaset",
  previousImage: "subscribie.co.uk/previous-image",
  rolledBack: "subscribie.co.uk/rolled-back",
  rolledBackBy: "subscribie.co.uk/rolled-back-by",
  rolledBackFrom: "subscribie.co.uk/rolled-back-from",
} as const;

/** On a rollout's record: what somebody on whatever machine asks of whoever drives the rollout, `pause` or `abort`. */
export const orderAnnotation = "subscribie.co.uk/order";

/** What `kubectl rollout history` shows in its CHANGE-CAUSE column. */
export const changeCauseAnnotation = "kubernetes.io/change-cause";

/** On a pod template: what `kubectl rollout restart` sets to the time, so that the template differs. */
export const restartedAtAnnotation = "kubectl.kubernetes.io/restartedAt";

/** The number that the Deployment controller gives to the template that it last made a ReplicaSet of. */
export const revisionAnnotation = "deployment.kubernetes.io/revision";

/** The numbers that a ReplicaSet had before its template was used again. */
export const revisionHistoryAnnotation = "deployment.kubernetes.io/revision-history";

/** Label of a site that rollouts leave alone, whatever its value but `false`. */
export const heldLabel = "subscribie.co.uk/held";

export type RolloutAnnotationName = keyof typeof rolloutAnnotation;

/** Our annotations of one object, by their short names; absent ones are not there. */
export type RolloutAnnotations = { readonly [name in RolloutAnnotationName]?: string };

export const rolloutAnnotationNames: readonly RolloutAnnotationName[] = [
  "rollout",
  "previousReplicaSet",
  "previousImage",
  "rolledBack",
  "rolledBackBy",
  "rolledBackFrom",
];

/** Picks our annotations out of all that an object has. */
export function pickRolloutAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
): RolloutAnnotations {
  const picked: { -readonly [name in keyof RolloutAnnotations]: string } = {};
  if (annotations === undefined) return picked;
  for (const name of rolloutAnnotationNames) {
    const value = annotations[rolloutAnnotation[name]];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

/** Whether an object with these annotations carries the change of this rollout. */
export function carriesRollout(
  annotations: RolloutAnnotations,
  rollout: { readonly id: string; readonly kind: RolloutKind },
): boolean {
  return (rollout.kind === "rollback" ? annotations.rolledBackBy : annotations.rollout) === rollout.id;
}
