import type { Io } from "../io.ts";
import { createCouchdbClient } from "./couchdb-client.ts";
import { resolveQueueAddress } from "./queue-address.ts";
import { createSiteQueue } from "./site-queue.ts";
import type { SiteQueue } from "./site-queue.ts";

/** The queue for a command that a person waits for: it fails at once when CouchDB is away. */
export function openQueue(couchdbUrl: string | undefined, io: Io): SiteQueue {
  const address = resolveQueueAddress(couchdbUrl, io.env);
  return createSiteQueue(createCouchdbClient(address), { signal: io.signal, patienceMs: 0 });
}
