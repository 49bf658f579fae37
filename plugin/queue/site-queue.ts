import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { printable } from "../../shared/text/printable.ts";
import { CommandError } from "../errors.ts";
import { retry } from "../retry.ts";
import { isStoredDocument, readQueueDocument, statuses } from "./bookkeeping.ts";
import type { DeploymentStatus, NewDocument, QueueDocument } from "./bookkeeping.ts";
import { createBulkWriter } from "./bulk-writer.ts";
import type { WriteOutcome } from "./bulk-writer.ts";
import { heartbeatMs } from "./couchdb-client.ts";
import type { CouchdbClient, CouchdbRequest } from "./couchdb-client.ts";
import { queuedFilter, statusView } from "./design-document.ts";
import { showQueueAddress } from "./queue-address.ts";
import { isTemporaryQueueError } from "./queue-error.ts";
import { createQueueSetup } from "./queue-setup.ts";

/** One row of the queue, as lists show it. */
export interface QueueEntry {
  readonly id: string;
  readonly status: DeploymentStatus;
  readonly site: string | undefined;
  readonly attempts: number;
  readonly error: string | undefined;
  readonly queuedAt: string | undefined;
  readonly claimedBy: string | undefined;
  /** When something is due: the end of a claim, or the next attempt. */
  readonly dueAt: string | undefined;
}

export interface SiteQueueOptions {
  readonly signal: AbortSignal;
  /** How long to go on asking while CouchDB is away; 0 to fail at once. */
  readonly patienceMs: number;
  readonly onRetry?: (error: unknown) => void;
}

export type SiteQueue = ReturnType<typeof createSiteQueue>;

/** Documents that are asked for in one request. */
const readBatch = 20;
/** CouchDB's own limit for a document (`max_document_size`, 8,000,000 unless configured), and what stands around it. */
const mostBytesRead = 8_500_000;

/** Documents that came in one answer. */
export interface DocumentGroup {
  readonly documents: readonly QueueDocument[];
  /** Ids of documents that are too long to be read at all. */
  readonly tooLong: readonly string[];
}

/** The first answer of a view comes when all documents are indexed, which takes minutes for a hundred thousand. */
const viewTimeoutMs = 15 * 60_000;

const entryValueSchema = z.object({
  site: z.string().nullish(),
  attempts: z.number().nullish(),
  error: z.string().nullish(),
  queuedAt: z.string().nullish(),
  claimedBy: z.string().nullish(),
});
const viewSchema = z.object({
  rows: z.array(
    z.object({
      id: z.string(),
      key: z.tuple([z.enum(statuses), z.string().nullable()]),
      value: entryValueSchema,
    }),
  ),
});
const countsSchema = z.object({
  rows: z.array(z.object({ key: z.tuple([z.string()]), value: z.number() })),
});
const documentsSchema = z.object({ rows: z.array(z.object({ doc: z.unknown().optional() })) });
const changeSchema = z.object({ seq: z.union([z.string(), z.number()]), id: z.string() });
const databaseSchema = z.object({ update_seq: z.union([z.string(), z.number()]) });
/** The queue of site requests in one CouchDB database. */
export function createSiteQueue(client: CouchdbClient, options: SiteQueueOptions) {
  const writer = createBulkWriter(client, options);
  const where = showQueueAddress(client.address);

  async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
    return await retry(attempt, { ...options, isTemporary: isTemporaryQueueError });
  }

  async function ask(request: CouchdbRequest): Promise<unknown> {
    return await patiently(async () => await client.request({ ...request, signal: options.signal }));
  }

  async function readView(query: CouchdbRequest["query"]): Promise<z.infer<typeof viewSchema>["rows"]> {
    const answer = await ask({
      method: "GET",
      path: statusView,
      query: { reduce: false, ...query },
      timeoutMs: viewTimeoutMs,
    });
    return viewSchema.parse(answer).rows;
  }

  /** @returns undefined if they are too long together */
  async function readDocuments(ids: readonly string[]): Promise<QueueDocument[] | undefined> {
    const answer = await patiently(async () => {
      return await client.requestAtMost(mostBytesRead, {
        method: "POST",
        path: "_all_docs",
        query: { include_docs: true, conflicts: true },
        body: { keys: ids },
        signal: options.signal,
      });
    });
    if (answer === "too long") return undefined;
    return documentsSchema
      .parse(answer)
      .rows.flatMap(({ doc }) => (isStoredDocument(doc) ? [readQueueDocument(doc)] : []));
  }

  return {
    database: client.address.database,
    address: where,

    ...createQueueSetup(ask, where),

    /** Ids of the documents whose turn it is, at most `limit` of each status. */
    async dueIds(
      nowMs: number,
      { ignoreBackoff, limit }: { ignoreBackoff: boolean; limit: number },
    ): Promise<string[]> {
      const now = new Date(nowMs).toISOString();
      const rows = await Promise.all([
        readView({ startkey: ["queued"], endkey: ["queued", {}], limit }),
        readView({ startkey: ["deploying"], endkey: ["deploying", now], limit }),
        readView({
          startkey: ["failed"],
          endkey: ["failed", ignoreBackoff ? {} : now],
          limit,
        }),
      ]);
      return rows.flat().map(({ id }) => id);
    },

    /** The entries of one status, or of all, in pages. */
    async *entries(only: DeploymentStatus | undefined): AsyncGenerator<readonly QueueEntry[]> {
      const limit = 500;
      const endkey = only === undefined ? [{}] : [only, {}];
      let start: CouchdbRequest["query"] = { startkey: only === undefined ? [] : [only] };
      for (;;) {
        const rows = await readView({ ...start, endkey, limit });
        yield rows.map(({ id, key: [status, dueAt], value }) => ({
          id,
          status,
          site: value.site ?? undefined,
          attempts: value.attempts ?? 0,
          error: value.error ?? undefined,
          queuedAt: value.queuedAt ?? undefined,
          claimedBy: value.claimedBy ?? undefined,
          dueAt: dueAt ?? undefined,
        }));
        const last = rows.at(-1);
        if (last === undefined || rows.length < limit) return;
        start = { startkey: last.key, startkey_docid: last.id, skip: 1 };
      }
    },

    /** How many documents have each status. */
    async counts(timeoutMs = viewTimeoutMs): Promise<Readonly<Record<string, number>>> {
      const query = { group_level: 1 };
      const answer = await ask({ method: "GET", path: statusView, query, timeoutMs });
      return Object.fromEntries(
        countsSchema.parse(answer).rows.map(({ key: [status], value }) => [status, value]),
      );
    },

    /**
     * The documents with these ids, as they are now, in groups; those that are gone are left out. A group is one
     * document, or few enough bytes: a thousand strangers' documents of eight megabytes are never in memory together.
     */
    async *read(ids: readonly string[]): AsyncGenerator<DocumentGroup> {
      const pending: (readonly string[])[] = [];
      for (let start = 0; start < ids.length; start += readBatch)
        pending.push(ids.slice(start, start + readBatch));
      for (let batch = pending.shift(); batch !== undefined; batch = pending.shift()) {
        const answer = await readDocuments(batch);
        const [only, second] = batch;
        if (answer !== undefined) yield { documents: answer, tooLong: [] };
        else if (second !== undefined) pending.unshift(...halves(batch));
        else if (only !== undefined) yield { documents: [], tooLong: [only] };
      }
    },

    /** One document, as it is now; undefined if it is gone. */
    async readOne(id: string): Promise<QueueDocument | undefined> {
      const answer = await readDocuments([id]);
      if (answer === undefined)
        throw new CommandError(`the request ${printable(id, 80)} in ${where} has too many bytes to be read`);
      return answer[0];
    },

    /** Writes a document's next revision, if its `_rev` is still the newest; or a new document, if it has none. */
    async write(document: NewDocument): Promise<WriteOutcome> {
      return await writer.write(document);
    },

    /** Where the changes are now, to follow them from here. */
    async position(): Promise<string | number> {
      return databaseSchema.parse(await ask({ method: "GET", path: "" })).update_seq;
    },

    /**
     * Follows what is queued from a position on, until the signal: ids in the order of CouchDB's changes feed. It goes on
     * where it was when CouchDB comes back after being away.
     */
    async *queuedIds(
      since: string | number,
      onInterruption: (error: unknown) => void,
    ): AsyncGenerator<string> {
      let position = since;
      let pauseMs = 250;
      while (!options.signal.aborted) {
        try {
          const query = { feed: "continuous", heartbeat: heartbeatMs, since: position, filter: queuedFilter };
          for await (const line of client.stream("_changes", query, options.signal)) {
            const change = readChange(line);
            if (change === undefined) continue;
            pauseMs = 250;
            yield change.id;
            position = change.seq;
          }
        } catch (error) {
          if (options.signal.aborted) return;
          if (!isTemporaryQueueError(error)) throw error;
          onInterruption(error);
        }
        await delay(pauseMs, undefined, { signal: options.signal }).catch(() => undefined);
        pauseMs = Math.min(pauseMs * 2, 5_000);
      }
    },

    /** Has CouchDB forget old revisions, and the secrets in them. It goes on in the background. */
    async compact(): Promise<void> {
      await ask({ method: "POST", path: "_compact", body: {} });
    },
  };
}

function halves<T>(items: readonly T[]): [readonly T[], readonly T[]] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}

/** A line of the feed; undefined for heartbeats, the final `last_seq`, and a line that was cut off. */
function readChange(line: string): z.infer<typeof changeSchema> | undefined {
  if (line.trim() === "") return undefined;
  try {
    const parsed = changeSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
