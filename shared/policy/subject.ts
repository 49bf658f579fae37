import type { FieldPath } from "./field-path.ts";
import { isObject, member, memberAt, stringMember } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { located } from "./located.ts";
import type { Located } from "./located.ts";
import { PodPart } from "./pod-part.ts";
import { inspectShape } from "./shape.ts";
import type { ShapeFindings } from "./shape.ts";

/** What the checks look at: an object of a kind that the policy knows, taken apart once. */
export interface Subject {
  readonly object: JsonObject;
  /** A site is a Deployment; other kinds that make pods have the pod's controls only; a Scale has replicas only. */
  readonly kind: "site" | "workload" | "scale";
  readonly metadata: Located;
  /**
   * The site that the object is, proven by its name (unique by the API), never by a label that anyone can write.
   * Undefined for other kinds.
   */
  readonly siteName: string | undefined;
  readonly pod: PodPart | undefined;
  /** What is wrong with the object's shape; found out once. */
  readonly shape: () => ShapeFindings;
}

/** Where each kind that makes pods has its pod template (or is the pod). */
const podPaths: ReadonlyMap<string, readonly string[]> = new Map([
  ["Deployment", ["spec", "template"]],
  ["Pod", []],
  ["ReplicaSet", ["spec", "template"]],
  ["ReplicationController", ["spec", "template"]],
  ["StatefulSet", ["spec", "template"]],
  ["DaemonSet", ["spec", "template"]],
  ["Job", ["spec", "template"]],
  ["CronJob", ["spec", "jobTemplate", "spec", "template"]],
  ["PodTemplate", ["template"]],
]);

/** Whether the policy has anything to say about a kind. */
function isPolicyKind(kind: string): boolean {
  return kind === "Scale" || podPaths.has(kind);
}

/** Takes an object apart. Undefined when its kind is not one that the policy knows, or when it is no object at all. */
export function parseSubject(object: unknown): Subject | undefined {
  if (!isObject(object)) return undefined;
  const kind = stringMember(object, "kind");
  if (kind === undefined || !isPolicyKind(kind)) return undefined;
  const metadata = located(object, ["metadata"]);
  if (kind === "Scale") {
    const shape = once(() => inspectShape(memberAt(object, "spec"), "ScaleSpec", ["spec"]));
    return { object, kind: "scale", metadata, siteName: undefined, pod: undefined, shape };
  }
  const pod = new PodPart(object, podPaths.get(kind) ?? []);
  if (kind === "Deployment") {
    const shape = once(() => inspectDeployment(object));
    return { object, kind: "site", metadata, siteName: stringMember(metadata.value, "name"), pod, shape };
  }
  return {
    object,
    kind: "workload",
    metadata,
    siteName: undefined,
    pod,
    shape: once(() => inspectPod(object, pod)),
  };
}

function inspectDeployment(object: JsonObject): ShapeFindings {
  const ofMetadata = inspectShape(member(object, "metadata"), "ObjectMeta", ["metadata"]);
  const ofSpec = inspectShape(member(object, "spec"), "DeploymentSpec", ["spec"]);
  return joinFindings(ofMetadata, ofSpec);
}

function inspectPod(object: JsonObject, { metadata, spec }: PodPart): ShapeFindings {
  const ofSpec = inspectShape(memberAt(object, ...keys(spec.path)), "PodSpec", spec.path);
  // A template's metadata may be missing.
  const given = memberAt(object, ...keys(metadata.path));
  return given === undefined
    ? ofSpec
    : joinFindings(inspectShape(given, "ObjectMeta", metadata.path), ofSpec);
}

function keys(path: FieldPath): string[] {
  return path.filter((segment) => typeof segment === "string");
}

function joinFindings(left: ShapeFindings, right: ShapeFindings): ShapeFindings {
  return {
    malformed: [...left.malformed, ...right.malformed],
    unknown: [...left.unknown, ...right.unknown],
  };
}

function once<T>(compute: () => T): () => T {
  let result: { readonly value: T } | undefined;
  return () => {
    result ??= { value: compute() };
    return result.value;
  };
}
