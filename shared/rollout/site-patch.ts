import jsonPatch, { type Operation } from "fast-json-patch";
import type { ObservedSite } from "./observed-site.ts";
import {
  changeCauseAnnotation,
  restartedAtAnnotation,
  revisionAnnotation,
  rolloutAnnotation,
  rolloutAnnotationNames,
  type RolloutAnnotations,
} from "./rollout-annotations.ts";
import type { PlannedSite, RolloutPlan, SiteChange } from "./rollout-plan.ts";
import { versionOf } from "./target.ts";

/** What a PATCH needs besides the plan. */
export interface PatchContents {
  /** The site as it was last seen: which annotations there are to replace or remove. */
  readonly site: ObservedSite;
  /** Of the ReplicaSet to return to, as JSON text; for a change of the kind `template`. */
  readonly template?: string | undefined;
  /** What a restart writes on the template, RFC 3339. */
  readonly restartedAt?: string | undefined;
}

/**
 * The JSON Patch (RFC 6902) that changes one site and records on it, in the same request, what was done. It begins
 * with `test` operations: a Deployment that is not the one that was planned for, or was changed since, fails them and
 * stays as it is. They are about the uid, the container, its image and the revision, which changes with the template
 * and with nothing else; resourceVersion and generation would change with every status or scaling.
 *
 * @throws RangeError when what a change needs was not given, or the site has no such container
 */
export function sitePatch(plan: RolloutPlan, planned: PlannedSite, contents: PatchContents): Operation[] {
  const { change } = planned;
  if (change === undefined) throw new RangeError(`${planned.name} is not to be patched`);
  const { site } = contents;
  const index = site.containers.findIndex(({ name }) => name === plan.container);
  if (index === -1) throw new RangeError(`${planned.name} has no container ${plan.container}`);
  const container = `/spec/template/spec/containers/${index}`;
  return [
    { op: "test", path: "/metadata/uid", value: planned.uid },
    { op: "test", path: `${container}/name`, value: plan.container },
    { op: "test", path: `${container}/image`, value: planned.from },
    ...testRevision(change),
    ...changeTemplate(planned, change, contents, `${container}/image`),
    ...writeAnnotations(site, annotationsAfter(plan, planned, change), changeCause(plan, planned)),
  ];
}

function testRevision({ revision }: SiteChange): Operation[] {
  if (revision === undefined) return [];
  return [{ op: "test", path: annotationPath(revisionAnnotation), value: String(revision) }];
}

function changeTemplate(
  planned: PlannedSite,
  change: SiteChange,
  contents: PatchContents,
  imagePath: string,
): Operation[] {
  if (change.kind === "restart") return restart(contents);
  if (change.kind === "template") return returnTemplate(change.replicaSet, contents);
  return [{ op: "replace", path: imagePath, value: planned.to }];
}

function returnTemplate(replicaSet: string, { template }: PatchContents): Operation[] {
  if (template === undefined) throw new RangeError(`the template of ${replicaSet} is missing`);
  const value: unknown = JSON.parse(template);
  return [{ op: "replace", path: "/spec/template", value }];
}

function restart({ site, restartedAt }: PatchContents): Operation[] {
  if (restartedAt === undefined) throw new RangeError("the time of the restart is missing");
  const path = "/spec/template/metadata/annotations";
  return site.templateHasAnnotations
    ? [{ op: "add", path: `${path}/${escape(restartedAtAnnotation)}`, value: restartedAt }]
    : [{ op: "add", path, value: { [restartedAtAnnotation]: restartedAt } }];
}

/** Our annotations as they are to be after the change; those that are not there are to be absent. */
function annotationsAfter(plan: RolloutPlan, planned: PlannedSite, change: SiteChange): RolloutAnnotations {
  if (change.kind === "template" || change.kind === "image-return") {
    return { ...change.restored, rolledBackBy: plan.id };
  }
  const { previousReplicaSet } = change;
  return {
    rollout: plan.id,
    previousImage: planned.from,
    ...(previousReplicaSet === undefined ? {} : { previousReplicaSet }),
  };
}

/** What `kubectl rollout history` shows for the new revision: the version and the rollout. */
function changeCause(plan: RolloutPlan, planned: PlannedSite): string {
  const what = plan.kind === "rollback" ? "rollback to" : plan.kind;
  return `subscribie ${what} ${versionOf(planned.to)} (rollout ${plan.id})`;
}

function writeAnnotations(site: ObservedSite, after: RolloutAnnotations, cause: string): Operation[] {
  const written = new Map([[changeCauseAnnotation, cause]]);
  const removed: string[] = [];
  for (const name of rolloutAnnotationNames) {
    const value = after[name];
    if (value !== undefined) written.set(rolloutAnnotation[name], value);
    else if (site.annotations[name] !== undefined) removed.push(rolloutAnnotation[name]);
  }
  if (!site.hasAnnotations) {
    return [{ op: "add", path: "/metadata/annotations", value: Object.fromEntries(written) }];
  }
  return [
    // As RFC 6902 has it, adding a member that is there already replaces it.
    ...[...written].map(([key, value]): Operation => ({ op: "add", path: annotationPath(key), value })),
    ...removed.map((key): Operation => ({ op: "remove", path: annotationPath(key) })),
  ];
}

function annotationPath(key: string): string {
  return `/metadata/annotations/${escape(key)}`;
}

/** As RFC 6901 escapes `~` and `/` in a member's name. */
function escape(key: string): string {
  return jsonPatch.escapePathComponent(key);
}
