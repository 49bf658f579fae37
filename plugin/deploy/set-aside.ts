import type { QueueDocument } from "../queue/bookkeeping.ts";

/**
 * Documents that cannot be marked, since they cannot be read or the queue takes no write to them: too long, for
 * example. They stay queued for everybody, and are left alone until their author changes them, or for a while.
 */
export interface SetAside {
  /** @param rev undefined if it could not be read */
  readonly add: (id: string, rev: string | undefined) => void;
  readonly has: (id: string) => boolean;
  /** Whether a document is still what it was when it was set aside. */
  readonly holds: (document: QueueDocument) => boolean;
  readonly size: () => number;
}

const whileMs = 10 * 60_000;

export function createSetAside(now: () => number): SetAside {
  const documents = new Map<string, { readonly rev: string | undefined; readonly until: number }>();

  function find(id: string) {
    const entry = documents.get(id);
    if (entry === undefined || entry.until > now()) return entry;
    documents.delete(id);
    return undefined;
  }

  return {
    add(id, rev) {
      documents.set(id, { rev, until: now() + whileMs });
    },
    has: (id) => find(id) !== undefined,
    holds: ({ id, rev }) => find(id)?.rev === rev,
    size: () => documents.size,
  };
}
