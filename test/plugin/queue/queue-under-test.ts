import { randomBytes } from "node:crypto";
import { createCouchdbClient } from "../../../plugin/queue/couchdb-client.ts";
import { resolveQueueAddress } from "../../../plugin/queue/queue-address.ts";
import type { QueueAddress } from "../../../plugin/queue/queue-address.ts";
import { createSiteQueue } from "../../../plugin/queue/site-queue.ts";
import type { SiteQueue, SiteQueueOptions } from "../../../plugin/queue/site-queue.ts";
import { startCouchdbServer } from "../../couchdb/couchdb-server.ts";
import type { CouchdbServer } from "../../couchdb/couchdb-server.ts";

/** A CouchDB server for tests: the one in SUBSCRIBIE_COUCHDB_URL if it is set, else an embedded one. */
export interface TestCouchdb {
  /** Only where the server is embedded: it can be stopped. */
  readonly embedded: CouchdbServer | undefined;
  /** The address of a database that does not exist yet, as SUBSCRIBIE_COUCHDB_URL would hold it. */
  newDatabaseUrl(): string;
  /** A path of the server, for the administrator. */
  serverUrl(path: string): string;
  stop(): Promise<void>;
}

export async function startTestCouchdb(): Promise<TestCouchdb> {
  const given = process.env["SUBSCRIBIE_COUCHDB_URL"];
  const embedded =
    given === undefined
      ? await startCouchdbServer({ admin: { name: "admin", password: "p@ss:word" } })
      : undefined;
  const server = new URL(given ?? embedded?.url ?? "");
  server.pathname = "/";
  return {
    embedded,
    newDatabaseUrl: () => `${server.href}sites-${randomBytes(6).toString("hex")}`,
    serverUrl: (path) => server.href + path,
    stop: async () => {
      await embedded?.stop();
    },
  };
}

export function addressOf(url: string): QueueAddress {
  return resolveQueueAddress(undefined, { SUBSCRIBIE_COUCHDB_URL: url });
}

/** A queue as a deployer uses it. */
export function openQueue(url: string, options: Partial<SiteQueueOptions> = {}): SiteQueue {
  return createSiteQueue(createCouchdbClient(addressOf(url)), {
    signal: new AbortController().signal,
    patienceMs: 0,
    ...options,
  });
}

/** Any request to CouchDB, as another program would send it. Without credentials unless the URL has them. */
export async function send(
  method: string,
  url: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const { username, password, ...target } = splitCredentials(url);
  const response = await fetch(target.url, {
    method,
    headers: {
      "content-type": "application/json",
      ...(username === ""
        ? {}
        : { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` }),
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

function splitCredentials(text: string): { username: string; password: string; url: string } {
  const url = new URL(text);
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = "";
  url.password = "";
  return { username, password, url: url.href };
}
