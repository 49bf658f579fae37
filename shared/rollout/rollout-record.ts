import * as z from "zod";
import { parseRolloutId } from "./rollout-id.ts";
import { countOutcomes, type RolloutResult, type SiteResult } from "./rollout-result.ts";
import type { RolloutState } from "./rollout-state.ts";
import { siteTimes, type RecordedSite } from "./site-times.ts";

/** Of what is stored; a program that reads a version it does not know says so and touches nothing. */
export const rolloutRecordVersion = 1;

const phases = z.enum(["Progressing", "Paused", "Complete", "Failed", "Aborted"]);
const causes = z.enum([
  "failures",
  "forbidden",
  "timeout",
  "unreachable",
  "pause",
  "abort",
  "interrupt",
  "lease-lost",
  "superseded",
]);
const count = z.number().int().nonnegative();
const quantity = z.union([z.object({ count }), z.object({ percent: z.number() })]);

/**
 * Who may write ConfigMaps may write any record: what becomes a name in a path, a selector or a line on a terminal has
 * the form that such names have.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
const rolloutId = z.string().refine((text) => parseRolloutId(text) !== undefined);
const namespaceName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/);
const deploymentName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/);

const recordSchema = z.object({
  version: z.literal(rolloutRecordVersion),
  id: rolloutId,
  kind: z.enum(["upgrade", "rollback", "restart"]),
  /** VERSION as it was typed for an upgrade, so that the rollout can be resumed; for others as the plan has it. */
  target: z.string(),
  rollbackOf: rolloutId.optional(),
  toRevision: z.number().int().optional(),
  includeChanged: z.boolean().optional(),
  container: z.string(),
  /** Which sites were selected, so that a rollout is resumed over the same ones. */
  selection: z.object({
    /** Absent for all namespaces. */
    namespace: namespaceName.optional(),
    selector: z.string().optional(),
    names: z.array(deploymentName),
    /** Only these, as `namespace/name`: those that failed in a rollout before. */
    sites: z.array(z.string()).optional(),
    exclude: z.array(z.string()).default([]),
    fromVersion: z.string().optional(),
  }),
  strategy: z.object({
    canary: z.array(quantity),
    soakMs: count,
    inFlight: quantity,
    inFlightAtLeast: count,
    maxFailures: quantity,
    siteTimeoutMs: count.optional(),
    timeoutMs: count.optional(),
    onFailure: z.enum(["pause", "rollback"]),
  }),
  phase: phases,
  cause: causes.optional(),
  /** RFC 3339, by the API server's clock. */
  startedAt: z.string(),
  updatedAt: z.string(),
  finishedAt: z.string().optional(),
  /** The user by whom the API server knows who started it. */
  startedBy: z.string(),
  supersedes: z.array(rolloutId).default([]),
  supersededBy: rolloutId.optional(),
  counts: z.object({
    total: count,
    updated: count,
    unchanged: count,
    failed: count,
    skipped: count,
    pending: count,
  }),
  /** The images that the sites came from, commonest first, a few at most. */
  from: z.array(z.object({ image: z.string(), sites: count })),
});

/** A rollout as it is kept in a ConfigMap: what it was asked, how far it is, who did it and when. */
export type RolloutRecord = z.infer<typeof recordSchema>;

export type DecodedRecord = { readonly record: RolloutRecord } | { readonly problem: string };

/** A record as the value of one key of a ConfigMap. */
export function encodeRecord(record: RolloutRecord): string {
  return JSON.stringify(record);
}

/** Reads a record back. What is no record, or one of a newer version, is said in words that follow "the record". */
export function decodeRecord(text: string): DecodedRecord {
  const value = parseJson(text);
  if (value === undefined) return { problem: "is not JSON" };
  const versioned = z.object({ version: z.number() }).safeParse(value);
  if (versioned.success && versioned.data.version !== rolloutRecordVersion) {
    return {
      problem: `has version ${versioned.data.version}, and this program knows ${rolloutRecordVersion}; use the newer kubectl subscribie`,
    };
  }
  const parsed = recordSchema.safeParse(value);
  if (parsed.success) return { record: parsed.data };
  const [issue] = parsed.error.issues;
  return { problem: `is damaged at ${issue?.path.join(".") || "its top"}` };
}

/** How long a rollout took, or has taken until `now` (milliseconds since the epoch); undefined for damaged times. */
export function elapsedMs(record: RolloutRecord, now: number): number | undefined {
  const end = record.finishedAt === undefined ? now : Date.parse(record.finishedAt);
  const milliseconds = end - Date.parse(record.startedAt);
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

/**
 * Whether a rollout failed and is still to be taken back, as it was asked to be (`--on-failure rollback`). It is Failed
 * only once the record of its rollback is there: an operator who is killed in between leaves it unfinished, and whoever
 * goes on with it takes it back.
 */
export function isRollbackDue(record: RolloutRecord): boolean {
  return record.phase === "Paused" && rollsBack(record.kind, record.cause, record.strategy.onFailure);
}

/** Whether a rollout failed and its rollback began by itself. */
export function wasRolledBackByItself(record: RolloutRecord): boolean {
  return record.phase === "Failed" && rollsBack(record.kind, record.cause, record.strategy.onFailure);
}

function rollsBack(
  kind: RolloutRecord["kind"],
  cause: RolloutRecord["cause"],
  onFailure: "pause" | "rollback",
): boolean {
  return kind !== "rollback" && cause === "failures" && onFailure === "rollback";
}

/** The record after what has happened since. @param now RFC 3339, by the API server's clock */
export function updateRecord(record: RolloutRecord, state: RolloutState, now: string): RolloutRecord {
  const { cause, plan } = state;
  const isToBeTakenBack = state.phase === "Failed" && rollsBack(plan.kind, cause, plan.strategy.onFailure);
  const phase = isToBeTakenBack ? "Paused" : state.phase;
  const { cause: _old, finishedAt: _end, ...kept } = record;
  return {
    ...kept,
    phase,
    ...(cause === undefined ? {} : { cause }),
    updatedAt: now,
    ...(phase === "Progressing" ? {} : { finishedAt: now }),
    counts: countOutcomes(state),
  };
}

/** How many images `from` names at most. */
const maxFromImages = 5;

/** The images that a plan's sites come from, commonest first. */
export function fromImages(
  sites: readonly { readonly action: string; readonly from: string }[],
): RolloutRecord["from"] {
  const changed = sites.filter(({ action }) => action === "update");
  return [...Map.groupBy(changed, ({ from }) => from)]
    .map(([image, { length }]) => ({ image, sites: length }))
    .toSorted((left, right) => right.sites - left.sites || (left.image < right.image ? -1 : 1))
    .slice(0, maxFromImages);
}

/**
 * Most bytes of a chunk before it is compressed: compression adds a few bytes to what cannot be compressed, and a chunk
 * must stay below 512 KiB, half of what a ConfigMap may hold.
 */
const maxChunkBytes = 500 * 1024;

/**
 * Most chunks of a rollout's results: enough for a hundred thousand sites, and what is read into memory where somebody
 * else wrote that there are more.
 */
export const maxChunks = 64;

/** Text from the cluster, bounded where it is kept. */
const maxReasonLength = 400;

/** Per-site results as chunks of JSON lines, each to be compressed on its own; at least one chunk. */
export function encodeResults(sites: readonly RecordedSite[]): string[] {
  const encoder = new TextEncoder();
  const chunks: string[] = [];
  let lines: string[] = [];
  let bytes = 0;
  for (const { namespace, name, outcome, from, to, reason, startedMs, finishedMs } of sites) {
    const times = [startedMs, finishedMs].filter((time) => time !== undefined);
    const line = JSON.stringify([
      namespace,
      name,
      outcome,
      from,
      to,
      reason.slice(0, maxReasonLength),
      ...times,
    ]);
    const size = encoder.encode(line).length + 1;
    if (bytes + size > maxChunkBytes) {
      chunks.push(lines.join("\n"));
      lines = [];
      bytes = 0;
    }
    lines.push(line);
    bytes += size;
  }
  return [...chunks, lines.join("\n")];
}

const resultLine = z.tuple([
  namespaceName,
  deploymentName,
  z.enum(["updated", "unchanged", "failed", "skipped", "conflict", "pending"]),
  z.string(),
  z.string(),
  z.string(),
  /** Milliseconds since the rollout began, as far as it was changed and ran to its end. */
  count.optional(),
  count.optional(),
]);

/** Reads chunks of per-site results back, in order. Undefined when one of them is damaged. */
export function decodeResults(chunks: readonly string[]): RecordedSite[] | undefined {
  const results: RecordedSite[] = [];
  for (const line of chunks.flatMap((chunk) => chunk.split("\n"))) {
    if (line === "") continue;
    const parsed = resultLine.safeParse(parseJson(line));
    if (!parsed.success) return undefined;
    const [namespace, name, outcome, from, to, reason, startedMs, finishedMs] = parsed.data;
    const times = siteTimes(startedMs, finishedMs);
    results.push(Object.assign({ namespace, name, outcome, from, to, reason }, times));
  }
  return results;
}

/** The result of a rollout from what was stored of it: the same shape as that of a running one. */
export function recordedResult(record: RolloutRecord, sites: readonly SiteResult[]): RolloutResult {
  const { id, kind, phase, target, counts } = record;
  return { id, kind, phase, target, counts, sites };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
