import { createCouchdbClient } from "../queue/couchdb-client.ts";
import { designDocumentId } from "../queue/design-document.ts";
import { resolveQueueAddress, showQueueAddress } from "../queue/queue-address.ts";
import { QueueError, QueueUnreachableError } from "../queue/queue-error.ts";
import type { Examination } from "./diagnosis.ts";

const timeoutMs = 5_000;

/** Whether CouchDB answers, and the queue is set up. */
export const queue: Examination = {
  check: "queue",
  async examine({ io, couchdbUrl }) {
    if (couchdbUrl === undefined && !io.env["SUBSCRIBIE_COUCHDB_URL"]) {
      return { summary: "", findings: [], unknown: "SUBSCRIBIE_COUCHDB_URL is not set" };
    }
    const address = resolveQueueAddress(couchdbUrl, io.env);
    const where = showQueueAddress(address);
    try {
      await createCouchdbClient(address, { timeoutMs }).request({
        method: "GET",
        path: designDocumentId,
        signal: io.signal,
      });
      return { summary: `${where} is set up`, findings: [] };
    } catch (error) {
      if (error instanceof QueueError && error.status === 404) {
        return finding(
          `the queue ${where} is not set up: it has no design document`,
          "kubectl subscribie queue init",
        );
      }
      if (error instanceof QueueError || error instanceof QueueUnreachableError) {
        return finding(error.message, "see that CouchDB runs, and that SUBSCRIBIE_COUCHDB_URL is right");
      }
      throw error;
    }
  },
};

function finding(message: string, fix: string) {
  return { summary: "", findings: [{ message, fix }] };
}
