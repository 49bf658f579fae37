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
  /** The version of the API that has the kind, as this policy knows it. */
  readonly apiVersion: string;
  /** What is wrong with the object's shape; found out once. */
  readonly shape: () => ShapeFindings;
}

interface PodMaker {
  readonly apiVersion: string;
  /** Where it has its pod template; empty where it is the pod. */
  readonly podPath: readonly string[];
}

const inTemplate: readonly string[] = ["spec", "template"];

const podMakers: ReadonlyMap<string, PodMaker> = new Map([
  ["Deployment", { apiVersion: "apps/v1", podPath: inTemplate }],
  ["Pod", { apiVersion: "v1", podPath: [] }],
  ["ReplicaSet", { apiVersion: "apps/v1", podPath: inTemplate }],
  ["ReplicationController", { apiVersion: "v1", podPath: inTemplate }],
  ["StatefulSet", { apiVersion: "apps/v1", podPath: inTemplate }],
  ["DaemonSet", { apiVersion: "apps/v1", podPath: inTemplate }],
  ["Job", { apiVersion: "batch/v1", podPath: inTemplate }],
  ["CronJob", { apiVersion: "batch/v1", podPath: ["spec", "jobTemplate", ...inTemplate] }],
  ["PodTemplate", { apiVersion: "v1", podPath: ["template"] }],
]);

const policyKinds: readonly string[] = ["Scale", ...podMakers.keys()];

/** The kind that the policy knows and that a text is but for its case: the API would know no such kind. */
export function kindInOtherCase(kind: string): string | undefined {
  return policyKinds.find((known) => known !== kind && known.toLowerCase() === kind.toLowerCase());
}

/** Takes an object apart. Undefined when its kind is not one that the policy knows, or when it is no object at all. */
export function parseSubject(object: unknown): Subject | undefined {
  if (!isObject(object)) return undefined;
  const kind = stringMember(object, "kind");
  if (kind === undefined) return undefined;
  const metadata = located(object, ["metadata"]);
  const of = { object, metadata, siteName: undefined };
  if (kind === "Scale") {
    const shape = once(() => inspectShape(memberAt(object, "spec"), "ScaleSpec", ["spec"]));
    return { ...of, kind: "scale", pod: undefined, apiVersion: "autoscaling/v1", shape };
  }
  const maker = podMakers.get(kind);
  if (maker === undefined) return undefined;
  const { apiVersion, podPath } = maker;
  const pod = new PodPart(object, podPath);
  if (kind !== "Deployment") {
    return { ...of, kind: "workload", pod, apiVersion, shape: once(() => inspectPod(object, pod)) };
  }
  const siteName = stringMember(metadata.value, "name");
  return { ...of, kind: "site", siteName, pod, apiVersion, shape: once(() => inspectDeployment(object)) };
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
