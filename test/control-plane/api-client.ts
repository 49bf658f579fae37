import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { createInterface } from "node:readline";

/** Where an API server is, and as whom to speak to it. */
export interface ApiServerAccess {
  /** `https://127.0.0.1:PORT`. */
  server: string;
  /** PEM. */
  certificateAuthority: string;
  token: string;
}

interface ApiResponse {
  status: number;
  /** The parsed JSON, or the text where it is none. */
  body: unknown;
}

interface ApiRequestOptions {
  body?: unknown;
  /** Of the body; application/json by default. A PATCH needs its patch type here. */
  contentType?: string;
  signal?: AbortSignal;
}

/** One line of a watch, not yet judged. */
interface WatchLine {
  type: string;
  object: unknown;
}

/**
 * The plainest client of the Kubernetes API: raw paths, raw JSON, no retries and no rate limit. Set-up that must be
 * quick uses it, and so do benchmarks that want to know what the API server itself can do.
 */
export interface ApiClient {
  /** Answers with any status; rejects only when no answer came. */
  request(method: string, path: string, options?: ApiRequestOptions): Promise<ApiResponse>;
  /** The lines of a watch until the server closes it or the signal aborts. `path` carries `watch=1`. */
  watch(path: string, signal: AbortSignal): AsyncGenerator<WatchLine>;
  /** Closes the idle connections. */
  close(): void;
}

export interface ApiClientOptions {
  /** Tells this client's requests apart in the audit log. */
  userAgent?: string;
  /** More wait for their turn. */
  maxConnections?: number;
}

/** See {@link ApiClient}. */
export function createApiClient(access: ApiServerAccess, options: ApiClientOptions = {}): ApiClient {
  const agent = new Agent({
    ca: access.certificateAuthority,
    keepAlive: true,
    maxSockets: options.maxConnections ?? 40,
  });
  const commonHeaders = {
    authorization: `Bearer ${access.token}`,
    accept: "application/json",
    "user-agent": options.userAgent ?? "subscribie-test-client",
  };

  const send = async (method: string, path: string, request: ApiRequestOptions): Promise<IncomingMessage> => {
    const payload = request.body === undefined ? undefined : JSON.stringify(request.body);
    return await new Promise((resolve, reject) => {
      const outgoing = httpsRequest(
        new URL(path, access.server),
        {
          method,
          agent,
          ...(request.signal && { signal: request.signal }),
          headers: {
            ...commonHeaders,
            ...(payload !== undefined && {
              "content-type": request.contentType ?? "application/json",
              "content-length": Buffer.byteLength(payload),
            }),
          },
        },
        resolve,
      );
      outgoing.once("error", reject);
      outgoing.end(payload);
    });
  };

  return {
    async request(method, path, request = {}) {
      const response = await send(method, path, request);
      const chunks: Buffer[] = [];
      for await (const chunk of response) {
        chunks.push(chunk);
      }
      return { status: response.statusCode ?? 0, body: parseBody(Buffer.concat(chunks).toString("utf8")) };
    },
    async *watch(path, signal) {
      const response = await send("GET", path, { signal });
      try {
        for await (const line of createInterface({ input: response })) {
          yield parseWatchLine(line);
        }
      } finally {
        response.destroy();
      }
    },
    close() {
      agent.destroy();
    },
  };
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parseWatchLine(line: string): WatchLine {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed === "object" && parsed !== null && "type" in parsed && "object" in parsed) {
    return { type: String(parsed.type), object: parsed.object };
  }
  // A refused watch answers with a bare Status instead of lines.
  throw new Error(`the API server did not answer with a watch: ${line.slice(0, 300)}`);
}
