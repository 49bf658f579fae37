import http from "node:http";
import https from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { checkServerIdentity, createSecureContext } from "node:tls";
import type { KubeConfig } from "@kubernetes/client-node";
import { printable } from "../text/printable.ts";
import { ApiError, CredentialsError, parseApiError, UnreachableError } from "./api-error.ts";

interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From `resourcePath`, or another absolute path of the API. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** Of the body; `application/json` unless told. */
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
  /** Until the whole answer is there; the client's own unless told. A stream has none. */
  readonly timeoutSeconds?: number;
  /** Whether an answer that asks to come back later is waited for and repeated here, as it is unless told. A caller
   * who has to make sure of something before each attempt repeats it itself. */
  readonly repeat?: boolean;
}

export interface ApiResponse {
  readonly status: number;
  /** Raw JSON, to be parsed by whoever asked: typed serializers drop the fields that they do not know. */
  readonly body: unknown;
  /** The API server's clock, from the Date header. */
  readonly date: Date | undefined;
  /** Texts of Warning headers (RFC 9110 removed the header, Kubernetes uses it), safe to print. */
  readonly warnings: readonly string[];
}

/** One API server, one identity, kept-alive connections. */
export interface ApiClient {
  readonly server: string;
  /** The namespace for requests that name none: from `-n`, else the context's. */
  readonly namespace: string;
  /** Sends one request; answers that ask to come back later (429 and 5xx with Retry-After) are repeated a few times.
   * Throws ApiError for an answer of 400 and above, UnreachableError for none, CredentialsError for nothing to ask with. */
  request(request: ApiRequest): Promise<ApiResponse>;
  /** The lines of a long answer, as they come: a watch. Ends with the server's end; throws as `request` does.
   * `onAnswer` is told when the answer begins, which may be long before its first line. */
  stream(request: ApiRequest, onAnswer?: () => void): AsyncIterable<string>;
  close(): void;
}

/** One request as `-v` shows it: no headers and no bodies, so no secrets. */
interface RequestTrace {
  readonly method: string;
  readonly url: string;
  readonly status: number | undefined;
  readonly milliseconds: number;
}

export interface ApiClientOptions {
  readonly kubeConfig: KubeConfig;
  readonly namespace: string;
  /** Tells our requests apart in the API server's audit log. */
  readonly userAgent: string;
  readonly requestTimeoutSeconds?: number;
  readonly impersonate?: {
    readonly user?: string | undefined;
    readonly uid?: string | undefined;
    readonly groups?: readonly string[] | undefined;
  };
  readonly trace?: ((request: RequestTrace) => void) | undefined;
}

const defaultTimeoutSeconds = 60;
/** client-go gives up after ten answers with Retry-After (rest/request.go); so does this. */
const mostRetries = 10;
const longestRetryAfterSeconds = 30;
/** Exec and in-cluster credentials are asked for again this often; kubelets renew tokens well before they expire. */
const credentialsLifetimeMs = 60_000;
/** Bookmarks come about once a minute; twice that without a byte means a dead connection. */
const streamIdleMs = 150_000;
const agentOptions = { keepAlive: true, maxSockets: 256, scheduling: "lifo" } as const;

interface Credentials {
  readonly headers: Record<string, string | readonly string[]>;
  readonly auth: string | undefined;
  readonly agent: http.Agent;
  /** How the agent's connections differ from Node's own. */
  readonly tlsOptions: Pick<https.RequestOptions, "checkServerIdentity">;
  readonly fingerprint: string;
  readonly loadedAt: number;
}

export function createApiClient(options: ApiClientOptions): ApiClient {
  const cluster = options.kubeConfig.getCurrentCluster();
  if (cluster === null) throw new TypeError("the kubeconfig has no current cluster");
  const server = cluster.server.replace(/\/+$/, "");
  const transport = server.startsWith("http:") ? http : https;
  let credentials: Credentials | undefined;

  async function authenticate(): Promise<Credentials> {
    const now = performance.now();
    if (credentials !== undefined && now - credentials.loadedAt < credentialsLifetimeMs) return credentials;
    try {
      credentials = await loadCredentials(options.kubeConfig, credentials, now);
    } catch (error) {
      throw credentialsError(options.kubeConfig, error);
    }
    return credentials;
  }

  async function open(request: ApiRequest, idleMs: number): Promise<http.IncomingMessage> {
    const { headers, auth, agent, tlsOptions } = await authenticate();
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const url = server + request.path + queryString(request.query);
    const started = performance.now();
    try {
      return await new Promise<http.IncomingMessage>((resolve, reject) => {
        const outgoing = transport.request(
          url,
          {
            method: request.method,
            agent,
            ...tlsOptions,
            ...(auth === undefined ? {} : { auth }),
            ...(request.signal === undefined ? {} : { signal: request.signal }),
            timeout: idleMs,
            headers: {
              ...headers,
              ...impersonationHeaders(options.impersonate),
              "user-agent": options.userAgent,
              accept: "application/json",
              ...(body === undefined
                ? {}
                : {
                    "content-type": request.contentType ?? "application/json",
                    "content-length": Buffer.byteLength(body),
                  }),
            },
          },
          (response) => {
            trace(request, url, response.statusCode, started);
            resolve(response);
          },
        );
        outgoing.on("timeout", () =>
          outgoing.destroy(new Error(`no answer in ${Math.round(idleMs / 1000)} s`)),
        );
        outgoing.on("error", reject);
        outgoing.end(body);
      });
    } catch (error) {
      if (request.signal?.aborted === true) throw error;
      trace(request, url, undefined, started);
      throw unreachable(server, error);
    }
  }

  function trace(request: ApiRequest, url: string, status: number | undefined, started: number): void {
    options.trace?.({ method: request.method, url, status, milliseconds: performance.now() - started });
  }

  async function openChecked(request: ApiRequest, idleMs: number): Promise<http.IncomingMessage> {
    for (let attempt = 0; ; attempt += 1) {
      const response = await open(request, idleMs);
      const status = response.statusCode ?? 0;
      if (status < 400) return response;
      const error = parseApiError(
        status,
        await readBody(response, server, request),
        response.headers["retry-after"],
      );
      if (status === 401 && attempt === 0 && credentials !== undefined) {
        // A token may have expired since it was read: read it again, once.
        credentials = { ...credentials, loadedAt: Number.NEGATIVE_INFINITY };
        continue;
      }
      const comeBackLater =
        request.repeat !== false &&
        (status === 429 || status >= 500) &&
        error.retryAfterSeconds !== undefined;
      if (!comeBackLater || attempt >= mostRetries) throw error;
      const seconds = Math.min(error.retryAfterSeconds ?? 1, longestRetryAfterSeconds);
      await delay(seconds * 1000, undefined, request.signal === undefined ? {} : { signal: request.signal });
    }
  }

  return {
    server,
    namespace: options.namespace,

    async request(request) {
      const timeoutSeconds = request.timeoutSeconds ?? options.requestTimeoutSeconds ?? defaultTimeoutSeconds;
      const response = await openChecked(request, timeoutSeconds * 1000);
      const text = await readBody(response, server, request);
      return {
        status: response.statusCode ?? 0,
        body: text === "" ? undefined : parseBody(text, server),
        date: parseDate(response.headers.date),
        warnings: parseWarnings(response.headers["warning"]),
      };
    },

    async *stream(request, onAnswer) {
      // Most commands watch nothing; and an answer that broke off while this loads would have nobody to hear of it.
      const { createInterface } = await import("node:readline");
      const response = await openChecked(request, streamIdleMs);
      onAnswer?.();
      try {
        yield* createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY });
      } catch (error) {
        if (request.signal?.aborted === true) throw error;
        throw unreachable(server, error);
      } finally {
        response.destroy();
      }
    },

    close() {
      credentials?.agent.destroy();
    },
  };
}

async function loadCredentials(
  kubeConfig: KubeConfig,
  previous: Credentials | undefined,
  loadedAt: number,
): Promise<Credentials> {
  if (isPlain(kubeConfig)) return plainCredentials(previous, loadedAt);
  const resolved: https.RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(resolved);
  const { ca, cert, key, servername, rejectUnauthorized } = resolved;
  const proxied = kubeConfig.getCurrentCluster()?.proxyUrl !== undefined;
  const fingerprint = [ca, cert, key, servername, rejectUnauthorized].map(String).join("\n");
  const keepAgent = previous !== undefined && previous.fingerprint === fingerprint;
  return {
    headers: textHeaders(resolved.headers),
    auth: resolved.auth ?? undefined,
    agent: keepAgent ? previous.agent : createAgent(),
    tlsOptions: proxied ? { checkServerIdentity: identityOf(servername ?? hostOf(kubeConfig)) } : {},
    fingerprint,
    loadedAt,
  };

  function createAgent(): http.Agent {
    // The library's agent knows the proxy, but opens a connection for each request; without a proxy ours serves.
    if (proxied && resolved.agent instanceof http.Agent) return resolved.agent;
    return new https.Agent({
      ...agentOptions,
      // Made once: otherwise each of the connections parses the certificates again.
      secureContext: createSecureContext({
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
      }),
      ...(servername === undefined ? {} : { servername }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    });
  }
}

/** A proxy of the API on this machine, `kubectl proxy` for example: it has the credentials, and there is no TLS. */
function isPlain(kubeConfig: KubeConfig): boolean {
  const cluster = kubeConfig.getCurrentCluster();
  return cluster?.server.startsWith("http:") === true && cluster.proxyUrl === undefined;
}

/** No token is sent where everybody could read it; kubectl sends none either (client-go, clientcmd/client_config.go). */
function plainCredentials(previous: Credentials | undefined, loadedAt: number): Credentials {
  const agent = previous?.agent ?? new http.Agent(agentOptions);
  return { headers: {}, auth: undefined, agent, tlsOptions: {}, fingerprint: "plain HTTP", loadedAt };
}

/** The SOCKS agent forgets the name of a server that is an address: its certificate was held against `localhost`. */
function identityOf(server: string): typeof checkServerIdentity {
  return (_, certificate) => checkServerIdentity(server, certificate);
}

function hostOf(kubeConfig: KubeConfig): string {
  // An IPv6 address stands in brackets.
  return new URL(kubeConfig.getCurrentCluster()?.server ?? "").hostname.replace(/^\[|\]$/g, "");
}

function credentialsError(kubeConfig: KubeConfig, error: unknown): CredentialsError {
  const command: unknown = kubeConfig.getCurrentUser()?.exec?.command;
  const from = typeof command === "string" ? `the credential plugin ${printable(command)}` : "the kubeconfig";
  const why = error instanceof Error ? error.message : String(error);
  // A plugin that failed has only its stderr to say why.
  return new CredentialsError(`no credentials from ${from}: ${printable(why.trim(), 300) || "it failed"}`, {
    cause: error,
  });
}

function textHeaders(headers: https.RequestOptions["headers"]): Record<string, string | readonly string[]> {
  const texts: Record<string, string | readonly string[]> = {};
  if (headers === undefined || Array.isArray(headers)) return texts;
  for (const [name, value] of Object.entries(headers)) {
    if (Array.isArray(value)) texts[name] = value;
    // A token from a file ends with a new line, which no header may hold.
    else if (typeof value === "string") texts[name] = value.trim();
    else if (value !== undefined) texts[name] = String(value);
  }
  return texts;
}

function impersonationHeaders(
  impersonate: ApiClientOptions["impersonate"],
): Record<string, string | string[]> {
  return {
    ...(impersonate?.user === undefined ? {} : { "Impersonate-User": impersonate.user }),
    ...(impersonate?.uid === undefined ? {} : { "Impersonate-Uid": impersonate.uid }),
    ...(impersonate?.groups === undefined || impersonate.groups.length === 0
      ? {}
      : { "Impersonate-Group": [...impersonate.groups] }),
  };
}

function queryString(query: ApiRequest["query"]): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

async function readBody(
  response: http.IncomingMessage,
  server: string,
  request: ApiRequest,
): Promise<string> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return Buffer.concat(chunks).toString("utf8");
  } catch (error) {
    if (request.signal?.aborted === true) throw error;
    throw unreachable(server, error);
  }
}

function parseBody(text: string, server: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError({
      status: 200,
      reason: "NotJSON",
      message: `${printable(server)} answered with something other than JSON: ${error instanceof Error ? printable(error.message, 100) : ""}`,
    });
  }
}

function parseDate(header: string | undefined): Date | undefined {
  const milliseconds = Date.parse(header ?? "");
  return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds);
}

/** `299 - "text"`, several joined by commas; a quote inside the text is escaped by a backslash. */
function parseWarnings(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(", ") : (header ?? "");
  return [...text.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) =>
    printable((match[1] ?? "").replace(/\\(.)/g, "$1"), 500),
  );
}

function unreachable(server: string, error: unknown): UnreachableError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message || code : String(error);
  return new UnreachableError(`no answer from ${printable(server)}: ${printable(message, 300)}`, {
    cause: error,
  });
}
