import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";
import { warn } from "../terminal/warn.ts";
import { openQueue } from "./open-queue.ts";

/**
 * How many requests of the queue are in which status; undefined where no queue is named. A queue that does not answer
 * is warned of on stderr and left out: who asks how the sites are wants that all the same.
 */
export async function readQueueDepth(io: Io): Promise<Readonly<Record<string, number>> | undefined> {
  if (!io.env["SUBSCRIBIE_COUCHDB_URL"]) return undefined;
  try {
    return await openQueue(undefined, io).counts();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    warn(io, `the queue is not counted: ${error.message}`);
    return undefined;
  }
}
