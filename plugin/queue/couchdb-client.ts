import nano from "nano";
import * as z from "zod";
import { printable } from "../../shared/text/printable.ts";
import { showQueueAddress } from "./queue-address.ts";
import type { QueueAddress } from "./queue-address.ts";
import { QueueError, QueueUnreachableError } from "./queue-error.ts";

export interface CouchdbRequest {
  readonly method: "GET" | "PUT" | "POST";
  /** Below the database; every segment already escaped. Empty for the database itself. */
  readonly path: string;
  /** nano writes the keys of views (`startkey`, `endkey`) as JSON. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly unknown[]>>;
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
  /** Until the whole answer is there; the client's own unless told. */
  readonly timeoutMs?: number;
}

/** One database, through nano: with a time limit, which nano has not, and errors that say what happened. */
export interface CouchdbClient {
  readonly address: QueueAddress;
  /** @returns the answer's JSON, to be parsed by whoever asked; throws QueueError or QueueUnreachableError */
  request(request: CouchdbRequest): Promise<unknown>;
  /** The lines of a continuous answer, as they come. Ends or throws QueueUnreachableError when it breaks off. */
  stream(
    path: string,
    query: Readonly<Record<string, string | number>>,
    signal: AbortSignal,
  ): AsyncIterable<string>;
}

const defaultTimeoutMs = 30_000;
/** A continuous feed sends a line break this often; three missing ones mean that the connection is dead. */
export const heartbeatMs = 10_000;

const nanoError = z.object({
  statusCode: z.number(),
  error: z.string().optional(),
  reason: z.string().optional(),
});

export function createCouchdbClient(
  address: QueueAddress,
  options: { readonly timeoutMs?: number } = {},
): CouchdbClient {
  const { timeoutMs = defaultTimeoutMs } = options;
  const { credentials, serverUrl, database } = address;
  const headers: Record<string, string> = {};
  if (credentials !== undefined) headers["Authorization"] = basicAuthorization(credentials);
  // Without it, nano takes the last segment of a server's path for a database. Its types do not know it.
  const untypedOptions = { parseUrl: false };
  const server = nano({ url: serverUrl, headers, ...untypedOptions });

  return {
    address,
    async request({ method, path, query, body, signal, timeoutMs: ownTimeoutMs = timeoutMs }) {
      const limit = timeLimit(ownTimeoutMs, signal);
      try {
        const answer: unknown = await server.request({
          method,
          db: database,
          path,
          ...(query === undefined ? {} : { qs: query }),
          ...(body === undefined ? {} : { body }),
          ...untypedSignal(limit.signal),
        });
        // nano swallows a syntax error and answers with an empty string.
        if (answer === "") throw new Error("its answer is not JSON");
        return answer;
      } catch (error) {
        signal?.throwIfAborted();
        throw describeError(error, address);
      } finally {
        limit.clear();
      }
    },

    async *stream(path, query, signal) {
      // Not through nano: a connection that breaks off would be an unhandled error there, and end the process.
      const url = new URL(`${serverUrl}/${encodeURIComponent(database)}/${path}`);
      for (const [key, value] of Object.entries(query)) url.searchParams.set(key, String(value));
      const limit = timeLimit(3 * heartbeatMs, signal);
      try {
        const response = await fetch(url, { headers, signal: limit.signal, redirect: "error" });
        if (!response.ok || response.body === null) {
          throw new QueueError(
            response.status,
            `the queue ${showQueueAddress(address)} refused its changes feed`,
          );
        }
        yield* lines(response.body, limit.extend);
      } catch (error) {
        signal.throwIfAborted();
        throw describeError(error, address);
      } finally {
        limit.clear();
      }
    },
  };
}

/** nano hands it to fetch, though its types do not know it. */
function untypedSignal(signal: AbortSignal): object {
  return { signal };
}

function basicAuthorization({ user, password }: NonNullable<QueueAddress["credentials"]>): string {
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}

interface TimeLimit {
  readonly signal: AbortSignal;
  /** Begins the time anew. */
  readonly extend: () => void;
  readonly clear: () => void;
}

/** Aborts after a time, or with another signal. AbortSignal.any would stay registered with a long-lived one. */
function timeLimit(milliseconds: number, outer: AbortSignal | undefined): TimeLimit {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error("no answer in time")), milliseconds);
  const abort = () => controller.abort(outer?.reason);
  outer?.addEventListener("abort", abort, { once: true });
  if (outer?.aborted === true) abort();
  return {
    signal: controller.signal,
    extend: () => {
      timer.refresh();
    },
    clear: () => {
      clearTimeout(timer);
      outer?.removeEventListener("abort", abort);
    },
  };
}

async function* lines(body: AsyncIterable<Uint8Array>, onChunk: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    onChunk();
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

function describeError(error: unknown, address: QueueAddress): Error {
  if (error instanceof QueueError) return error;
  const where = showQueueAddress(address);
  const answer = nanoError.safeParse(error);
  if (!answer.success) {
    const cause = error instanceof Error ? causeOf(error) : "";
    return new QueueUnreachableError(
      `no answer from the queue ${where}: ${printable(cause)}; check that CouchDB is up and that its address is right`,
    );
  }
  const { statusCode, reason, error: code } = answer.data;
  const said = printable(reason ?? code ?? "");
  if (statusCode === 401) {
    const mend = "check the user and the password in SUBSCRIBIE_COUCHDB_URL";
    return new QueueError(statusCode, `the queue ${where} wants other credentials: ${said}; ${mend}`);
  }
  // CouchDB 3 says the one, its in-memory kin the other; a document that is not there is "missing" or "deleted".
  if (statusCode === 404 && /^(?:Database does not exist|no_db_file)/.test(said))
    return new QueueError(statusCode, `there is no queue ${where}; kubectl subscribie queue init sets it up`);
  return new QueueError(statusCode, `the queue ${where} refused: ${said} (${statusCode})`);
}

/** nano writes the cause into its own message, fetch keeps it beside its own. */
function causeOf(error: Error): string {
  const inner = error.cause instanceof Error ? error.cause.message : error.message;
  return inner.replace(/^error happened in your connection\. Reason: (?:\w*Error: )?/, "");
}
