import { once } from "node:events";
import http from "node:http";
import { onTestFinished } from "vitest";
import { createApiClient, type ApiClient } from "../../../shared/cluster/api-client.ts";
import { loadConnection } from "../../../shared/cluster/kubeconfig.ts";

export interface ScriptedAnswer {
  readonly status: number;
  /** Sent as it is if it is a string, else as JSON. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * An HTTP server on the loopback that answers as an API server, or a proxy before it, does when it is not well; and a
 * client of it. Both end with the test.
 */
export async function scriptedServer(
  answer: (method: string, url: URL, count: number) => ScriptedAnswer,
): Promise<{
  readonly client: ApiClient;
  /** `PATCH /apis/…`, as they came. */
  readonly requests: readonly string[];
  readonly headers: readonly http.IncomingHttpHeaders[];
}> {
  const requests: string[] = [];
  const headers: http.IncomingHttpHeaders[] = [];
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://server");
    const method = request.method ?? "GET";
    requests.push(`${method} ${url.pathname}`);
    headers.push(request.headers);
    const { status, body, headers: more } = answer(method, url, requests.length);
    request.resume();
    response.writeHead(status, { "content-type": "application/json", ...more });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const connection = loadConnection(
    { server: `http://127.0.0.1:${address.port}`, token: "secret" },
    { HOME: "/nonexistent" },
  );
  const client = createApiClient({ ...connection, userAgent: "cluster-test" });
  onTestFinished(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return { client, requests, headers };
}

/** The Status object of an error. */
export function statusAnswer(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): ScriptedAnswer {
  return {
    status,
    body: { kind: "Status", apiVersion: "v1", status: "Failure", message, code: status },
    headers,
  };
}
