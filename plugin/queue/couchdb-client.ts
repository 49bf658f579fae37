import { STATUS_CODES } from "node:http";
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
  /** As `request`, for an answer whose length strangers decide: `"too long"` if it has more bytes than that. */
  requestAtMost(mostBytes: number, request: CouchdbRequest): Promise<unknown>;
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

/** What CouchDB says of a refusal: nano's error has its members, as the body of the answer does. */
const refusalSchema = z.object({ error: z.string().optional(), reason: z.string().optional() });
const nanoErrorSchema = refusalSchema.extend({ statusCode: z.number() });

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

  /** A request past nano. @returns the answer, which is none of an error */
  async function open({ method, path, query, body }: CouchdbRequest, limit: TimeLimit): Promise<Response> {
    const url = new URL(`${serverUrl}/${encodeURIComponent(database)}/${path}`);
    for (const [key, value] of Object.entries(query ?? {})) {
      url.searchParams.set(key, typeof value === "object" ? JSON.stringify(value) : String(value));
    }
    const response = await fetch(url, {
      method,
      headers: { ...headers, accept: "application/json", "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: limit.signal,
      redirect: "error",
    });
    if (response.ok) return response;
    throw describeRefusal(response.status, parseRefusal(await response.text()), address);
  }

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
        // nano swallows a syntax error, and hands on what a proxy may answer with instead.
        if (typeof answer !== "object" || Buffer.isBuffer(answer)) throw new Error("its answer is not JSON");
        return answer;
      } catch (error) {
        signal?.throwIfAborted();
        throw describeError(error, address);
      } finally {
        limit.clear();
      }
    },

    async requestAtMost(mostBytes, request) {
      // Not through nano, which has every answer in memory whole before anybody can know how long it is.
      const limit = timeLimit(request.timeoutMs ?? timeoutMs, request.signal);
      try {
        const response = await open(request, limit);
        const text = await readText(response, mostBytes);
        return text === undefined ? "too long" : parseJson(text);
      } catch (error) {
        request.signal?.throwIfAborted();
        throw describeError(error, address);
      } finally {
        limit.clear();
      }
    },

    async *stream(path, query, signal) {
      // Not through nano: a connection that breaks off would be an unhandled error there, and end the process.
      const limit = timeLimit(3 * heartbeatMs, signal);
      try {
        const response = await open({ method: "GET", path, query }, limit);
        if (response.body !== null) yield* lines(response.body, limit.extend);
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

/** @returns undefined, with the rest unread, if there are more bytes than that */
async function readText({ body }: Response, mostBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > mostBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("its answer is not JSON");
  }
}

type Refusal = z.infer<typeof refusalSchema>;

/** @param text of an answer with an error: CouchDB's JSON, or whatever a proxy sends */
function parseRefusal(text: string): Refusal {
  try {
    return refusalSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

function describeError(error: unknown, address: QueueAddress): Error {
  if (error instanceof QueueError) return error;
  const answer = nanoErrorSchema.safeParse(error);
  if (answer.success) return describeRefusal(answer.data.statusCode, answer.data, address);
  const cause = error instanceof Error ? causeOf(error) : "";
  return new QueueUnreachableError(
    `no answer from the queue ${showQueueAddress(address)}: ${printable(cause)}; check that CouchDB is up and that its address is right`,
  );
}

function describeRefusal(status: number, { reason, error }: Refusal, address: QueueAddress): QueueError {
  const where = showQueueAddress(address);
  const said = printable(reason ?? error ?? STATUS_CODES[status] ?? "it did not say why");
  // Who is known and would have to be an administrator gets a 401 too (CouchDB's chttpd_auth_request.erl).
  if (status === 401 && !/\badmin\b/.test(said)) {
    const mend = "check the user and the password in SUBSCRIBIE_COUCHDB_URL";
    return new QueueError(status, `the queue ${where} wants other credentials: ${said}; ${mend}`);
  }
  // CouchDB 3 says the one, its in-memory kin the other; a document that is not there is "missing" or "deleted".
  if (status === 404 && /^(?:Database does not exist|no_db_file)/.test(said))
    return new QueueError(status, `there is no queue ${where}; kubectl subscribie queue init sets it up`);
  // CouchDB's couch_db:check_is_member, of a known user.
  if (status === 403 && /not allowed to access/.test(said)) {
    const mend = "have its administrator give the user the role that kubectl subscribie queue init set";
    return new QueueError(status, `the queue ${where} does not let its user in: ${said}; ${mend}`);
  }
  return new QueueError(status, `the queue ${where} refused: ${said} (${status})`);
}

/** nano writes the cause into its own message, fetch keeps it beside its own. */
function causeOf(error: Error): string {
  const inner = error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
  return inner.replace(/^error happened in your connection\. Reason: (?:\w*Error: )?/, "");
}
