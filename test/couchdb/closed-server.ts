import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/**
 * Closes a CouchDB-compatible server as CouchDB 3 is closed: whoever has no credentials gets a 401, and a new
 * database is its administrators' alone until its `_security` says otherwise.
 *
 * @param handle the server, which knows users and `_security`
 * @param authorization of its administrator, as the header's value
 */
export function closeServer(handle: RequestListener, authorization: string): RequestListener {
  const headers = { authorization, "content-type": "application/json" };
  /** Requests of our own to the same server, which create the databases. */
  const own = new Set<string>();

  async function create(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    if (request.headers.authorization !== authorization) {
      refuse(response, "You are not a server admin.");
      return;
    }
    const url = `http://127.0.0.1:${request.socket.localPort}${path}`;
    own.add(path);
    const answer = await fetch(url, { method: "PUT", headers });
    own.delete(path);
    if (answer.ok) {
      const administrators = { names: [], roles: ["_admin"] };
      const body = JSON.stringify({ admins: administrators, members: administrators });
      await fetch(`${url}/_security`, { method: "PUT", headers, body });
    }
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  }

  return (request, response) => {
    const { method, url = "/" } = request;
    if (request.headers.authorization === undefined && url !== "/" && url !== "/_up") {
      refuse(response, "You are not authorized to access this db.");
      return;
    }
    const isCreation = method === "PUT" && /^\/[a-z][^/]*$/.test(url) && !own.has(url);
    if (isCreation) create(request, response).catch((error: unknown) => response.destroy(Object(error)));
    else handle(request, response);
  };
}

function refuse(response: ServerResponse, reason: string): void {
  response.writeHead(401, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: "unauthorized", reason }));
}
