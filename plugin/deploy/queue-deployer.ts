import { deriveSiteName } from "../../shared/site/site-name.ts";
import type { SiteName } from "../../shared/site/site-name.ts";
import { looksLikeSiteRequest, parseSiteRequest, requestDigest } from "../../shared/site/site-request.ts";
import type { SiteRequest } from "../../shared/site/site-request.ts";
import { printable } from "../../shared/text/printable.ts";
import {
  claimed,
  claimMs,
  deployed,
  effectiveStatus,
  failed,
  isDue,
  readQueueDocument,
  rejected,
  released,
} from "../queue/bookkeeping.ts";
import type { QueueDocument, StoredDocument } from "../queue/bookkeeping.ts";
import type { SiteQueue } from "../queue/site-queue.ts";
import { createSetAside } from "./set-aside.ts";
import type { SiteResult } from "./site-result.ts";
import { applyConcurrency, DeployerDisabledError } from "./deploy-request.ts";
import type { DeployOutcome, RequestDeployer } from "./deploy-request.ts";

export interface QueueDeployerOptions {
  readonly queue: SiteQueue;
  readonly deploy: RequestDeployer;
  /** Names this process in claims: no other may have it. */
  readonly deployerName: string;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onResult: (result: SiteResult) => void;
  /** Told of each document whose secrets have been removed from it. */
  readonly onSecretsRemoved: () => void;
}

export interface QueueDeployer {
  /**
   * Takes up those of the documents that are due and nobody else's, as there is room for them.
   * @returns how many it took up
   */
  takeUp(ids: readonly string[], ignoreBackoff: boolean): Promise<number>;
  isInFlight(id: string): boolean;
  /** Whether a document stays in the queue though there is nothing that can be done with it. */
  isSetAside(id: string): boolean;
  /** How many such there are: who lists what is due gets so many in vain. */
  setAsideCount(): number;
  inFlight(): number;
  /** Resolves when something has an outcome or there is more room, or nothing is in flight. Rejects when it cannot go on at all. */
  progress(): Promise<void>;
  /** Resolves when all that is in flight has an outcome. */
  finished(): Promise<void>;
  close(): void;
}

/** Documents in flight, most of them waiting for their pods; their payloads are in memory. */
const mostInFlight = 200;
/** Documents that are read and claimed together: each batch costs the queue two requests. */
const batchSize = 20;
/** Documents that are claimed and not applied yet: a batch more than can be at a time, the rest is for other deployers. */
const mostToApply = applyConcurrency + batchSize;
const renewEveryMs = 5_000;

interface Flight {
  document: QueueDocument;
  claimedAt: number;
  isApplied: boolean;
  /** The renewal that is being written, which the next write has to wait for. */
  renewal: Promise<void> | undefined;
  done: Promise<void>;
}

type Preparation =
  | { readonly kind: "rejected"; readonly reasons: readonly string[] }
  /** Its site is what it says: only the bookkeeping, or nothing that matters, was changed. */
  | { readonly kind: "unchanged"; readonly digest: string }
  | SiteToMake;

interface SiteToMake {
  readonly kind: "request";
  readonly request: SiteRequest;
  readonly name: SiteName;
  readonly digest: string;
}

export function createQueueDeployer(options: QueueDeployerOptions): QueueDeployer {
  const { queue, deploy, deployerName, now, signal } = options;
  const flights = new Map<string, Flight>();
  const setAside = createSetAside(now);
  /** How many of them are applied, and only wait for their pods. */
  let applied = 0;
  let wake = Promise.withResolvers<void>();
  let broken: Error | undefined;
  const renewals = setInterval(renewClaims, renewEveryMs);
  renewals.unref();

  function signalProgress(): void {
    wake.resolve();
    wake = Promise.withResolvers();
  }

  /** @returns when the document is in memory no more than it has to be: one that is no request can be large */
  async function launch(document: QueueDocument): Promise<void> {
    const preparation = prepare(document);
    const flight: Flight = {
      document,
      claimedAt: 0,
      isApplied: false,
      renewal: undefined,
      done: Promise.resolve(),
    };
    flights.set(document.id, flight);
    flight.done = process(flight, preparation)
      .catch((error: unknown) => {
        broken ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        flights.delete(document.id);
        if (flight.isApplied) applied -= 1;
        signalProgress();
      });
    if (preparation.kind !== "request") await flight.done;
  }

  async function process(flight: Flight, preparation: Preparation): Promise<void> {
    const { document } = flight;
    if (preparation.kind === "rejected") return await finishRejected(flight, undefined, preparation.reasons);
    if (preparation.kind === "unchanged") return await finishUnchanged(flight, preparation.digest);
    if (!(await claim(flight))) return undefined;
    const { request, name } = preparation;
    let outcome: DeployOutcome;
    try {
      const owner = { database: queue.database, document: document.id };
      outcome = await deploy(request, name, owner, () => {
        flight.isApplied = true;
        applied += 1;
        signalProgress();
      });
    } catch (error) {
      return await finishFailed(flight, name, error);
    }
    if (outcome.kind === "rejected") return await finishRejected(flight, name, outcome.reasons);
    return await finishDeployed(flight, outcome.url, preparation);
  }

  /** @returns whether it is ours now */
  async function claim(flight: Flight): Promise<boolean> {
    const { document } = flight;
    const wanted = claimed(document, deployerName, now());
    const outcome = await queue.write(wanted);
    if (outcome.kind === "refused") reportRefused(flight, {}, outcome.reason);
    if (outcome.kind !== "written") return false;
    adopt(flight, wanted, outcome.rev);
    return true;
  }

  function adopt(flight: Flight, written: StoredDocument, rev: string): void {
    flight.document = readQueueDocument({ ...written, _rev: rev });
    flight.claimedAt = now();
  }

  function renewClaims(): void {
    for (const flight of flights.values()) {
      const isOld = flight.claimedAt > 0 && now() - flight.claimedAt > claimMs / 3;
      if (!isOld || flight.renewal !== undefined) continue;
      flight.renewal = renew(flight).finally(() => {
        flight.renewal = undefined;
      });
      flight.renewal.catch(() => undefined);
    }
  }

  /** A claim that cannot be renewed is somebody else's by now; the last write will find that out. */
  async function renew(flight: Flight): Promise<void> {
    const wanted = claimed(flight.document, deployerName, now());
    const outcome = await queue.write(wanted);
    if (outcome.kind === "written") adopt(flight, wanted, outcome.rev);
  }

  /** Writes the last word on a document, and reports it unless the document is somebody else's by now. */
  async function conclude(
    flight: Flight,
    next: (document: QueueDocument) => StoredDocument,
    outcome: SiteResult["outcome"],
    details: Partial<SiteResult>,
  ): Promise<boolean> {
    await flight.renewal?.catch(() => undefined);
    const written = await queue.write(next(flight.document));
    if (written.kind === "conflict") {
      await giveBack(flight.document.id);
      return false;
    }
    if (written.kind === "refused") reportRefused(flight, details, written.reason);
    else report(flight.document, outcome, details);
    return written.kind === "written";
  }

  /** The queue takes no write to a document. */
  function reportRefused({ document }: Flight, details: Partial<SiteResult>, reason: string): void {
    setAside.add(document.id, document.rev);
    const reasons = [...(details.reasons ?? []), `the queue did not take what became of it: ${reason}`];
    report(document, "failed", { ...details, reasons });
  }

  /** The document was changed while it was being deployed: as it is now, it is to be deployed again. */
  async function giveBack(id: string): Promise<void> {
    for await (const { documents } of queue.read([id])) {
      for (const document of documents) {
        if (document.deployment?.claimedBy === deployerName) await queue.write(released(document));
      }
    }
  }

  function report(
    { id, deployment }: Pick<QueueDocument, "id" | "deployment">,
    outcome: SiteResult["outcome"],
    details: Partial<SiteResult>,
  ): void {
    const queuedAt = Date.parse(deployment?.queuedAt ?? "");
    options.onResult({
      document: id,
      outcome,
      reasons: [],
      ...details,
      ...(Number.isNaN(queuedAt) ? {} : { milliseconds: Math.max(0, now() - queuedAt) }),
    });
  }

  async function finishDeployed(
    flight: Flight,
    url: string,
    { request, name, digest }: SiteToMake,
  ): Promise<void> {
    const { siteName } = name;
    const next = (document: QueueDocument) => deployed(document, { site: siteName, url, digest }, now());
    const isWritten = await conclude(flight, next, "deployed", { siteName, url });
    if (isWritten && Object.keys(request.secrets).length > 0) options.onSecretsRemoved();
  }

  async function finishUnchanged(flight: Flight, digest: string): Promise<void> {
    const { site = "", url = "" } = flight.document.deployment ?? {};
    const written = await queue.write(deployed(flight.document, { site, url, digest }, now()));
    if (written.kind === "refused") reportRefused(flight, {}, written.reason);
  }

  async function finishRejected(
    flight: Flight,
    name: SiteName | undefined,
    reasons: readonly string[],
  ): Promise<void> {
    const next = (document: QueueDocument) => rejected(document, reasons);
    await conclude(flight, next, "rejected", {
      ...(name === undefined ? {} : { siteName: name.siteName }),
      reasons,
    });
  }

  async function finishFailed(flight: Flight, { siteName }: SiteName, error: unknown): Promise<void> {
    if (signal.aborted || error instanceof DeployerDisabledError) {
      await flight.renewal?.catch(() => undefined);
      await queue.write(released(flight.document));
      if (!signal.aborted) throw error;
      return;
    }
    const reason = printable(error instanceof Error ? error.message : String(error), 1000);
    const next = (document: QueueDocument) => failed(document, siteName, reason, now());
    await conclude(flight, next, "failed", { siteName, reasons: [reason] });
  }

  function room(): number {
    return Math.min(mostInFlight - flights.size, mostToApply - (flights.size - applied));
  }

  async function progress(): Promise<void> {
    if (broken === undefined && flights.size > 0) await wake.promise;
    if (broken !== undefined) throw broken;
  }

  async function launchDue(ids: readonly string[], ignoreBackoff: boolean): Promise<number> {
    let launched = 0;
    for await (const { documents, tooLong } of queue.read(ids)) {
      tooLong.forEach(reportTooLong);
      const due = documents.filter(
        (document) =>
          // Two reads can be under way at once.
          !flights.has(document.id) &&
          !setAside.holds(document) &&
          isDue(document, now(), ignoreBackoff) &&
          isRequest(document),
      );
      launched += due.length;
      await Promise.all(due.map(launch));
    }
    return launched;
  }

  function reportTooLong(id: string): void {
    if (setAside.has(id)) return;
    setAside.add(id, undefined);
    report({ id, deployment: undefined }, "failed", { reasons: ["it has too many bytes to be read"] });
  }

  return {
    async takeUp(ids, ignoreBackoff) {
      const wanted = ids.filter((id) => !flights.has(id));
      let taken = 0;
      for (let start = 0; start < wanted.length; start += batchSize) {
        const batch = wanted.slice(start, start + batchSize);
        while (room() < batch.length) await progress();
        signal.throwIfAborted();
        taken += await launchDue(batch, ignoreBackoff);
      }
      return taken;
    },
    isInFlight: (id) => flights.has(id),
    isSetAside: setAside.has,
    setAsideCount: setAside.size,
    inFlight: () => flights.size,
    progress,
    async finished() {
      await Promise.allSettled([...flights.values()].map(async ({ done }) => await done));
    },
    close() {
      clearInterval(renewals);
    },
  };
}

/** A document with bookkeeping of ours was one once, and says so if it is none any more. */
function isRequest({ body, deployment }: QueueDocument): boolean {
  return deployment !== undefined || looksLikeSiteRequest(body);
}

function prepare(document: QueueDocument): Preparation {
  if (document.hasConflicts) {
    return {
      kind: "rejected",
      reasons: ["it has conflicting revisions; resolve them in CouchDB and change it"],
    };
  }
  const parsed = parseSiteRequest(document.body);
  if (!parsed.ok) return { kind: "rejected", reasons: parsed.reasons };
  const { request } = parsed;
  const digest = requestDigest(request);
  const hasSecrets = Object.keys(request.secrets).length > 0;
  const wasDeployed = document.deployment?.status === "deployed" && effectiveStatus(document) === "queued";
  if (wasDeployed && !hasSecrets && document.deployment.digest === digest)
    return { kind: "unchanged", digest };
  const name = deriveSiteName(request.companyName);
  return name.ok ? { kind: "request", request, name, digest } : { kind: "rejected", reasons: [name.reason] };
}
