import type { ResolvedStrategy } from "./strategy.ts";
import type { RolloutAnnotations } from "./rollout-annotations.ts";
import type { RolloutKind } from "./rollout-id.ts";

export const rolloutPlanVersion = 1;

/** What is to happen to each selected site, in order, and how fast: a plain value, to be printed, kept and carried out. */
export interface RolloutPlan {
  readonly version: typeof rolloutPlanVersion;
  readonly id: string;
  readonly kind: RolloutKind;
  /** For people: the version, `restart`, or what a rollback returns to. */
  readonly target: string;
  /** The upgrade or restart that a rollback takes back; absent when it returns to a revision by number. */
  readonly rollbackOf?: string;
  readonly container: string;
  /** Strategy in numbers; its percentages were of the sites whose action is `update`. */
  readonly strategy: ResolvedStrategy;
  /** The sites to update in the order in which they start, then the others by namespace and name. */
  readonly sites: readonly PlannedSite[];
}

export interface PlannedSite {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `failed` is what was asked for by name and cannot be done. */
  readonly action: "update" | "unchanged" | "skipped" | "failed";
  /** Why it is unchanged, skipped or failed; for an update what a person should know, if anything. */
  readonly reason?: string;
  /** Images of the container; empty where there is no such container. */
  readonly from: string;
  readonly to: string;
  /** What the PATCH of an `update` does; absent when this rollout patched the site before it was interrupted. */
  readonly change?: SiteChange;
  /** Where this rollout patched the site before: its generation now. */
  readonly patchedGeneration?: number;
  /** When its progress deadline had been exceeded before the change: that verdict is not about the change. */
  readonly deadlineExceededBefore?: string;
  readonly progressDeadlineSeconds?: number;
}

export type SiteChange = ImageChange | RestartChange | TemplateChange | ImageReturn;

/** Set the container's image. */
export interface ImageChange {
  readonly kind: "image";
  readonly previousReplicaSet?: string;
  /** Of the template that is to be changed; tested by the PATCH, where known. */
  readonly revision?: number;
}

/** Set the template's restart time, as `kubectl rollout restart` does. */
interface RestartChange {
  readonly kind: "restart";
  readonly previousReplicaSet?: string;
  readonly revision?: number;
}

/** Put back the template of a ReplicaSet. */
interface TemplateChange {
  readonly kind: "template";
  readonly replicaSet: string;
  readonly revision?: number;
  readonly restored: RestoredAnnotations;
}

/** Put back an image only, since the ReplicaSet that had the whole template is gone. */
interface ImageReturn {
  readonly kind: "image-return";
  readonly revision?: number;
  readonly restored: RestoredAnnotations;
}

/** What a rollback writes beside its own id: see rollout-annotations.ts. */
export interface RestoredAnnotations {
  readonly rolledBack?: string;
  readonly rolledBackFrom?: string;
  /** Of the ReplicaSet that the site returns to. */
  readonly rollout?: string;
  readonly previousReplicaSet?: string;
  readonly previousImage?: string;
}

/** The annotations of `from` that a return to its template restores. */
export function restoredFrom(from: RolloutAnnotations): RestoredAnnotations {
  return {
    ...(from.rollout === undefined ? {} : { rollout: from.rollout }),
    ...(from.previousReplicaSet === undefined ? {} : { previousReplicaSet: from.previousReplicaSet }),
    ...(from.previousImage === undefined ? {} : { previousImage: from.previousImage }),
  };
}

/** How many sites a plan changes. */
export function countUpdates(plan: RolloutPlan): number {
  return plan.sites.reduce((count, site) => count + Number(site.action === "update"), 0);
}
