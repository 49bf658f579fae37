import * as z from "zod";
import { printable } from "../../shared/text/printable.ts";
import { retry } from "../retry.ts";
import type { NewDocument } from "./bookkeeping.ts";
import type { CouchdbClient } from "./couchdb-client.ts";
import { isTemporaryQueueError, QueueError } from "./queue-error.ts";

/** What became of one document. */
export type WriteOutcome =
  | { readonly kind: "written"; readonly rev: string }
  /** Somebody else wrote it since it was read. */
  | { readonly kind: "conflict" }
  | { readonly kind: "refused"; readonly reason: string };

/** Writes documents, many in one request when there are many at a time. */
export interface BulkWriter {
  /** Compare and swap on the document's `_rev`; without one, it must not exist yet. */
  write(document: NewDocument): Promise<WriteOutcome>;
}

export interface BulkWriterOptions {
  /** How long to go on while CouchDB is away. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  readonly onRetry?: ((error: unknown) => void) | undefined;
}

const mostDocuments = 100;

const rowsSchema = z.array(
  z.object({
    id: z.string(),
    rev: z.string().optional(),
    error: z.string().optional(),
    reason: z.string().optional(),
  }),
);
type Row = z.infer<typeof rowsSchema>[number];

interface Pending {
  readonly document: NewDocument;
  readonly resolve: (outcome: WriteOutcome) => void;
  readonly reject: (error: unknown) => void;
}

export function createBulkWriter(client: CouchdbClient, options: BulkWriterOptions): BulkWriter {
  const pending: Pending[] = [];
  let isFlushing = false;

  async function flush(): Promise<void> {
    isFlushing = true;
    while (pending.length > 0) {
      const batch = takeBatch(pending);
      try {
        await writeBatch(batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isFlushing = false;
  }

  async function writeBatch(batch: readonly Pending[]): Promise<void> {
    let wasRepeated = false;
    const answer = await retry(
      async (tries) => {
        wasRepeated = tries > 0;
        // A first answer may have been lost on its way, so from here on the writer cannot be interrupted.
        return await client.request({
          method: "POST",
          path: "_bulk_docs",
          body: { docs: batch.map(({ document }) => document) },
        });
      },
      { ...options, isTemporary: isTemporaryQueueError },
    ).catch((error: unknown) => {
      if (error instanceof QueueError) return error;
      throw error;
    });
    if (answer instanceof QueueError) return await writeEach(batch, answer);
    const rows = new Map(rowsSchema.parse(answer).map((row) => [row.id, row]));
    for (const { document, resolve } of batch) {
      const outcome = outcomeOf(rows.get(document._id));
      resolve(outcome.kind === "conflict" && wasRepeated ? await resolveConflict(document) : outcome);
    }
  }

  /** One document can spoil a whole request, by its size for example. */
  async function writeEach(batch: readonly Pending[], error: QueueError): Promise<void> {
    const [only, ...others] = batch;
    if (only === undefined) return;
    if (others.length > 0) {
      for (const one of batch) await writeBatch([one]);
    } else if (error.status === 401 || error.status === 404) {
      // About the database, not the document.
      only.reject(error);
    } else {
      only.resolve({ kind: "refused", reason: error.message });
    }
  }

  /** After a repetition, the conflict may be with our own first try. */
  async function resolveConflict(document: NewDocument): Promise<WriteOutcome> {
    const stored = storedSchema.safeParse(
      await client
        .request({ method: "GET", path: encodeURIComponent(document._id), signal: options.signal })
        .catch((error: unknown) => {
          if (error instanceof QueueError) return undefined;
          throw error;
        }),
    );
    const isOurs =
      stored.success && JSON.stringify(stored.data.deployment) === JSON.stringify(document["deployment"]);
    return isOurs ? { kind: "written", rev: stored.data._rev } : { kind: "conflict" };
  }

  return {
    async write(document) {
      return await new Promise((resolve, reject) => {
        pending.push({ document, resolve, reject });
        // What else is written in this turn of the event loop goes along.
        if (!isFlushing) {
          isFlushing = true;
          setImmediate(() => void flush());
        }
      });
    },
  };
}

const storedSchema = z.object({ _rev: z.string(), deployment: z.unknown() });

/** The next documents, none of them twice: the second would conflict with the first. */
function takeBatch(pending: Pending[]): Pending[] {
  const ids = new Set<string>();
  const batch: Pending[] = [];
  while (batch.length < mostDocuments) {
    const next = pending[0];
    if (next === undefined || ids.has(next.document._id)) break;
    ids.add(next.document._id);
    batch.push(next);
    pending.shift();
  }
  return batch;
}

function outcomeOf(row: Row | undefined): WriteOutcome {
  if (row?.rev !== undefined && row.error === undefined) return { kind: "written", rev: row.rev };
  if (row?.error === "conflict") return { kind: "conflict" };
  return {
    kind: "refused",
    reason: printable(row?.reason ?? row?.error ?? "CouchDB did not say what became of it"),
  };
}
