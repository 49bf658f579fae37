import * as z from "zod";
import { isJsonObject, withoutKeys } from "../../shared/site/json-value.ts";
import type { JsonObject } from "../../shared/site/json-value.ts";
import { secretKeys } from "../../shared/site/site-request.ts";

/**
 * What the deployer writes into a queue document, under `deployment`.
 *
 * - `queued`: to be deployed;
 * - `deploying`: somebody has claimed it and is at it, until the claim expires;
 * - `deployed`: the site is available;
 * - `failed`: will be tried again;
 * - `rejected`: never will be, unless its author changes it or a person retries it.
 */
export const statuses = ["queued", "deploying", "deployed", "failed", "rejected"] as const;
export type DeploymentStatus = (typeof statuses)[number];

/** In characters; the design document knows it too. */
export const longestError = 8_000;
/** The longest time that a document's author may say it was queued at: ISO 8601 with room for an offset. */
export const longestTime = 40;

// Whatever it is that somebody wrote here, it is not carried along if it is longer than what we write ourselves.
const time = z.iso.datetime().max(longestTime);
const text = z.string().max(1_000);

const bookkeepingSchema = z.object({
  status: z.enum(statuses),
  /** For people; what decides is the claim in the cluster. */
  site: text.optional(),
  url: text.optional(),
  queuedAt: time.optional(),
  claimedBy: text.optional(),
  claimExpiresAt: time.optional(),
  attempts: z.int().min(0).optional(),
  nextAttemptAt: time.optional(),
  deployedAt: time.optional(),
  /** An operator deleted the site: only a person's retry brings it back. */
  deletedAt: time.optional(),
  /** Of what the site was made from, without secrets: see `requestDigest`. */
  digest: text.optional(),
  /** One line: the last failure, or the reasons of the rejection. */
  error: z.string().max(longestError).optional(),
  /** The number of the document's revision that this was written in; a later one is somebody else's change. */
  revision: z.int().optional(),
});

type Bookkeeping = z.infer<typeof bookkeepingSchema>;

/** A document as CouchDB stores it. */
export interface StoredDocument extends JsonObject {
  readonly _id: string;
  readonly _rev: string;
}

/** A document to be written for the first time. */
export interface NewDocument extends JsonObject {
  readonly _id: string;
}

/** Whether a value that came from CouchDB is a document: it has an id and a revision. */
export function isStoredDocument(value: unknown): value is StoredDocument {
  return isJsonObject(value) && typeof value["_id"] === "string" && typeof value["_rev"] === "string";
}

/** A document of the queue, and what we know of it. */
export interface QueueDocument {
  readonly id: string;
  readonly rev: string;
  readonly body: StoredDocument;
  /** Undefined as long as nobody has touched it; what is not ours in form is as good as absent. */
  readonly deployment: Bookkeeping | undefined;
  readonly hasConflicts: boolean;
}

/** @param raw as CouchDB sent it; `_conflicts` among it, if it was asked for them */
export function readQueueDocument(raw: StoredDocument): QueueDocument {
  const parsed = bookkeepingSchema.safeParse(raw["deployment"]);
  const { _id: id, _rev: rev } = raw;
  return {
    id,
    rev,
    body: { ...withoutKeys(raw, (key) => key === "_conflicts"), _id: id, _rev: rev },
    deployment: parsed.success ? parsed.data : undefined,
    hasConflicts: Object.hasOwn(raw, "_conflicts"),
  };
}

/** The number before the hyphen of a revision; the next one that is written has the next number. */
function revisionNumber(rev: string): number {
  return Number.parseInt(rev, 10);
}

/** Whether somebody changed the document after the deployer last wrote it. */
function isChangedSince({ rev, deployment }: QueueDocument): boolean {
  return deployment?.revision !== undefined && revisionNumber(rev) > deployment.revision;
}

/** The status as it counts: a document that was changed since is queued again, whatever it was. */
export function effectiveStatus(document: QueueDocument): DeploymentStatus {
  if (document.deployment === undefined) return "queued";
  const { status } = document.deployment;
  const isFinal = status === "deploying" || document.deployment.deletedAt !== undefined;
  return !isFinal && isChangedSince(document) ? "queued" : status;
}

/** Whether it is time to deploy a document. @param ignoreBackoff take what failed at once, not after its pause */
export function isDue(document: QueueDocument, nowMs: number, ignoreBackoff: boolean): boolean {
  const { deployment } = document;
  const status = effectiveStatus(document);
  if (status === "deploying") return isPast(deployment?.claimExpiresAt, nowMs);
  if (status === "failed") return ignoreBackoff || isPast(deployment?.nextAttemptAt, nowMs);
  return status === "queued";
}

/** Whether some deployer is at it. */
export function isClaimed(document: QueueDocument, nowMs: number): boolean {
  return document.deployment?.status === "deploying" && !isPast(document.deployment.claimExpiresAt, nowMs);
}

function isPast(time: string | undefined, nowMs: number): boolean {
  return time === undefined || Date.parse(time) <= nowMs;
}

/** The document's next revision, with other bookkeeping. */
function withBookkeeping(document: QueueDocument, deployment: Omit<Bookkeeping, "revision">): StoredDocument {
  const defined = Object.entries({ ...deployment, revision: revisionNumber(document.rev) + 1 }).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  );
  return { ...document.body, deployment: Object.fromEntries(defined) };
}

function shortened(error: string): string {
  return error.length > longestError ? `${error.slice(0, longestError - 1).toWellFormed()}…` : error;
}

function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** How long a claim lasts unless it is renewed. */
export const claimMs = 30_000;

/** Claims a document, or renews a claim: until it expires, others leave the document alone. */
export function claimed(document: QueueDocument, deployer: string, nowMs: number): StoredDocument {
  const { queuedAt, site, digest } = document.deployment ?? {};
  // What was changed since begins anew.
  const attempts =
    effectiveStatus(document) === "queued" && document.deployment?.status !== "queued"
      ? 0
      : (document.deployment?.attempts ?? 0);
  const isRenewal = document.deployment?.status === "deploying" && document.deployment.claimedBy === deployer;
  return withBookkeeping(document, {
    status: "deploying",
    site,
    digest,
    queuedAt: queuedAt ?? timestamp(nowMs),
    claimedBy: deployer,
    claimExpiresAt: timestamp(nowMs + claimMs),
    attempts: isRenewal ? attempts : attempts + 1,
  });
}

export interface DeployedSite {
  readonly site: string;
  readonly url: string;
  readonly digest: string;
}

function isSecret(key: string): boolean {
  return secretKeys.some((secret) => secret === key);
}

/** The site is available. The secrets leave the document: the site's Secret has them. */
export function deployed(document: QueueDocument, site: DeployedSite, nowMs: number): StoredDocument {
  const body = { ...withoutKeys(document.body, isSecret), _id: document.id, _rev: document.rev };
  const { queuedAt, attempts } = document.deployment ?? {};
  return withBookkeeping(
    { ...document, body },
    { status: "deployed", ...site, queuedAt, attempts, deployedAt: timestamp(nowMs) },
  );
}

const firstBackoffMs = 5_000;
const longestBackoffMs = 10 * 60_000;

/** It did not work out this time. @param error one line, safe to show */
export function failed(
  document: QueueDocument,
  site: string | undefined,
  error: string,
  nowMs: number,
): StoredDocument {
  const { queuedAt, attempts = 1, digest } = document.deployment ?? {};
  const backoffMs = Math.min(firstBackoffMs * 2 ** Math.min(attempts - 1, 20), longestBackoffMs);
  const nextAttemptAt = timestamp(nowMs + backoffMs);
  return withBookkeeping(document, {
    status: "failed",
    site,
    digest,
    queuedAt,
    attempts,
    nextAttemptAt,
    error: shortened(error),
  });
}

/** It never will. @param reasons each one line, safe to show */
export function rejected(document: QueueDocument, reasons: readonly string[]): StoredDocument {
  const { queuedAt, attempts } = document.deployment ?? {};
  return withBookkeeping(document, {
    status: "rejected",
    queuedAt,
    attempts,
    error: shortened(reasons.join("; ")),
  });
}

/** An operator deleted its site. */
export function deleted(document: QueueDocument, nowMs: number): StoredDocument {
  return withBookkeeping(document, {
    status: "rejected",
    queuedAt: document.deployment?.queuedAt,
    deletedAt: timestamp(nowMs),
    error: "an operator deleted the site",
  });
}

/** Given back unfinished: somebody else may take it at once. */
export function released(document: QueueDocument): StoredDocument {
  const { site, digest, queuedAt, attempts } = document.deployment ?? {};
  return withBookkeeping(document, { status: "queued", site, digest, queuedAt, attempts });
}

/** To be deployed from the start, as if it had just come; a site that it made before stays its own. */
export function requeued(document: QueueDocument, nowMs: number): StoredDocument {
  return withBookkeeping(document, {
    status: "queued",
    queuedAt: timestamp(nowMs),
    digest: document.deployment?.digest,
  });
}
