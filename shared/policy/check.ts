import type { ControlId } from "./control-ids.ts";
import type { FieldPath } from "./field-path.ts";
import type { Limits } from "./limits.ts";
import type { PodPart } from "./pod-part.ts";
import type { Subject } from "./subject.ts";

/** What happens when a check finds something: refuse, tell the author, or only record. */
export type Mode = "deny" | "warn" | "audit";

/** One thing that a check found. */
export interface Finding {
  readonly path: FieldPath;
  /** The offending value whole: on an UPDATE it is compared with the old object's. */
  readonly value: unknown;
  /** How the value reads, when its JSON would not say what is wrong. */
  readonly found?: string;
  readonly allowed: string;
}

/** Takes what a check finds. A check is called for every review: handing findings on costs less than generators do. */
export type Report = (finding: Finding) => void;

interface CheckFacts {
  /** Stable: written in limits files, messages, metrics and the audit log. */
  readonly id: ControlId;
  readonly title: string;
  /** What is checked, in the author's terms. */
  readonly what: string;
  /** What goes wrong without it. */
  readonly why: string;
  /** Where the rule comes from. */
  readonly source: string;
  readonly mode: Mode;
  /** The limit in force, in words, for the policy table. */
  readonly limit: (limits: Limits) => string;
  /** `restricted`: evaluated only where the limits ask for that Pod Security Standard. */
  readonly level?: "restricted";
}

/** A check of the pod that an object is or makes, of whatever kind. */
export interface PodCheck extends CheckFacts {
  readonly scope: "pod";
  readonly find: (report: Report, pod: PodPart, limits: Limits, subject: Subject) => void;
}

/** A check of a site's Deployment as a whole. */
export interface SiteCheck extends CheckFacts {
  readonly scope: "site";
  readonly find: (report: Report, subject: Subject, limits: Limits) => void;
}

/** A check of how many pods there may be: on a site and on the scale subresource. */
export interface ReplicasCheck extends CheckFacts {
  readonly scope: "replicas";
  readonly find: (report: Report, subject: Subject, limits: Limits) => void;
}

export type Check = PodCheck | SiteCheck | ReplicasCheck;
