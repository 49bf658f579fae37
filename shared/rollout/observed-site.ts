import * as z from "zod";
import { printable } from "../text/printable.ts";
import { templateFingerprint } from "./pod-template.ts";
import {
  changeCauseAnnotation,
  heldLabel,
  pickRolloutAnnotations,
  revisionAnnotation,
  type RolloutAnnotations,
} from "./rollout-annotations.ts";
import { isGiven } from "./is-given.ts";

/** A condition of a Deployment's status; its message is safe to show. */
interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastUpdateTime: string;
}

interface ObservedContainer {
  readonly name: string;
  readonly image: string;
  readonly hasReadinessProbe: boolean;
  readonly hasPreStop: boolean;
}

/**
 * What rollouts need to know of one site's Deployment. Small, since a fleet has ten thousand of them and a watch
 * makes more: about one KiB each.
 */
export interface ObservedSite {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly deleting: boolean;
  readonly held: boolean;
  readonly paused: boolean;
  /** Both count changes of the spec or of annotations; the status is about `observedGeneration`. */
  readonly generation: number;
  readonly observedGeneration: number;
  /** Of the template that the status is about; absent before the controller saw the Deployment. */
  readonly revision: number | undefined;
  /** Wanted; the API's default is 1. */
  readonly replicas: number;
  readonly status: {
    readonly replicas: number;
    readonly updated: number;
    readonly available: number;
  };
  readonly progressing: Condition | undefined;
  readonly replicaFailure: Condition | undefined;
  /** In the order of the template: an index here is one in a JSON Patch. Init containers are not among them. */
  readonly containers: readonly ObservedContainer[];
  readonly strategy: {
    readonly type: string;
    /** Counts or percentages, as given; absent ones are the API's 25%. */
    readonly maxUnavailable: number | string | undefined;
    readonly maxSurge: number | string | undefined;
  };
  readonly progressDeadlineSeconds: number | undefined;
  readonly revisionHistoryLimit: number | undefined;
  /** Names of the PersistentVolumeClaims that its pods mount. */
  readonly claims: readonly string[];
  readonly annotations: RolloutAnnotations;
  readonly changeCause: string | undefined;
  /** Whether the maps exist at all: a JSON Patch cannot add to one that does not. */
  readonly hasAnnotations: boolean;
  readonly templateHasAnnotations: boolean;
  /** Only where it was asked for: rollbacks compare it with that of ReplicaSets. */
  readonly templateFingerprint: string | undefined;
}

const text = z.string();
const count = z.number().int().default(0);
const textMap = z.record(z.string(), z.string()).nullish();

const rawDeployment = z.object({
  metadata: z.object({
    namespace: text.default(""),
    name: text,
    uid: text.default(""),
    generation: count,
    deletionTimestamp: text.nullish(),
    labels: textMap,
    annotations: textMap,
  }),
  spec: z.object({
    replicas: z.number().int().nullish(),
    paused: z.boolean().nullish(),
    progressDeadlineSeconds: z.number().nullish(),
    revisionHistoryLimit: z.number().nullish(),
    strategy: z
      .object({
        type: text.nullish(),
        rollingUpdate: z
          .object({
            maxUnavailable: z.union([z.number(), text]).nullish(),
            maxSurge: z.union([z.number(), text]).nullish(),
          })
          .nullish(),
      })
      .nullish(),
    template: z.object({
      metadata: z.object({ annotations: textMap }).nullish(),
      spec: z.object({
        containers: z
          .array(
            z.object({
              name: text,
              image: text.default(""),
              readinessProbe: z.object({}).nullish(),
              lifecycle: z.object({ preStop: z.object({}).nullish() }).nullish(),
            }),
          )
          .default([]),
        volumes: z
          .array(z.object({ persistentVolumeClaim: z.object({ claimName: text.default("") }).nullish() }))
          .nullish(),
      }),
    }),
  }),
  status: z
    .object({
      observedGeneration: count,
      replicas: count,
      updatedReplicas: count,
      availableReplicas: count,
      conditions: z
        .array(
          z.object({
            type: text,
            status: text,
            reason: text.default(""),
            message: text.default(""),
            lastUpdateTime: text.nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

type RawCondition = NonNullable<NonNullable<z.infer<typeof rawDeployment>["status"]>["conditions"]>[number];

/** Longest condition message that is kept: the scheduler's and quotas' fit. */
const maxMessageLength = 300;

/**
 * Projects a raw Deployment to what rollouts need of it.
 *
 * @param options.withFingerprint compute the template's fingerprint, which costs a hash of the whole template
 * @throws ZodError for what is no Deployment; the API server sends none such
 */
export function observeDeployment(
  raw: unknown,
  options: { readonly withFingerprint?: boolean } = {},
): ObservedSite {
  const { metadata, spec, status } = rawDeployment.parse(raw);
  const conditions = status?.conditions ?? [];
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    deleting: typeof metadata.deletionTimestamp === "string",
    held: isHeld(metadata.labels?.[heldLabel]),
    paused: spec.paused ?? false,
    generation: metadata.generation,
    observedGeneration: status?.observedGeneration ?? 0,
    revision: parseRevision(metadata.annotations?.[revisionAnnotation]),
    replicas: spec.replicas ?? 1,
    status: {
      replicas: status?.replicas ?? 0,
      updated: status?.updatedReplicas ?? 0,
      available: status?.availableReplicas ?? 0,
    },
    progressing: findCondition(conditions, "Progressing"),
    replicaFailure: findCondition(conditions, "ReplicaFailure"),
    containers: spec.template.spec.containers.map((container) => ({
      name: container.name,
      image: container.image,
      hasReadinessProbe: isGiven(container.readinessProbe),
      hasPreStop: isGiven(container.lifecycle?.preStop),
    })),
    strategy: {
      type: spec.strategy?.type ?? "RollingUpdate",
      maxUnavailable: spec.strategy?.rollingUpdate?.maxUnavailable ?? undefined,
      maxSurge: spec.strategy?.rollingUpdate?.maxSurge ?? undefined,
    },
    progressDeadlineSeconds: spec.progressDeadlineSeconds ?? undefined,
    revisionHistoryLimit: spec.revisionHistoryLimit ?? undefined,
    claims: (spec.template.spec.volumes ?? []).flatMap(
      (volume) => volume.persistentVolumeClaim?.claimName ?? [],
    ),
    annotations: pickRolloutAnnotations(metadata.annotations ?? undefined),
    changeCause: metadata.annotations?.[changeCauseAnnotation],
    hasAnnotations: isGiven(metadata.annotations),
    templateHasAnnotations: isGiven(spec.template.metadata?.annotations),
    templateFingerprint: options.withFingerprint === true ? templateFingerprint(rawTemplate(raw)) : undefined,
  };
}

/** Identifies a site among those of one cluster: `namespace/name`. */
export function siteKey(site: { readonly namespace: string; readonly name: string }): string {
  return `${site.namespace}/${site.name}`;
}

/** The image of a site's container, or undefined when it has no such container. */
export function imageOf(site: ObservedSite, container: string): string | undefined {
  return site.containers.find(({ name }) => name === container)?.image;
}

/** Whether the controller has seen the Deployment as it is now, so that its status and revision are about it. */
export function isObserved(site: ObservedSite): boolean {
  return site.observedGeneration >= site.generation;
}

/** A revision as the Deployment controller writes it; undefined for none or for what is no number. */
export function parseRevision(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

const templateOnly = z.object({ spec: z.object({ template: z.unknown() }) });

/** The raw pod template of a Deployment or ReplicaSet, every field as it came. */
export function rawTemplate(raw: unknown): unknown {
  return templateOnly.parse(raw).spec.template;
}

function isHeld(value: string | undefined): boolean {
  return value !== undefined && value !== "false";
}

function findCondition(conditions: readonly RawCondition[], type: string): Condition | undefined {
  const found = conditions.find((condition) => condition.type === type);
  if (found === undefined) return undefined;
  return {
    status: found.status,
    reason: printable(found.reason),
    message: printable(found.message, maxMessageLength),
    lastUpdateTime: found.lastUpdateTime ?? "",
  };
}
