import { randomBytes } from "node:crypto";
import type { QueueDocument } from "../../../plugin/queue/bookkeeping.ts";
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
  /** Makes a user of the server, who is no administrator. */
  createUser(user: TestUser): Promise<void>;
  /** Removes what the tests have made, and stops the server if it is embedded. */
  stop(): Promise<void>;
}

export interface TestUser {
  readonly name: string;
  readonly password: string;
  readonly roles: readonly string[];
}

/** Wants, of a server in SUBSCRIBIE_COUCHDB_URL, the credentials of a server administrator. */
export async function startTestCouchdb(): Promise<TestCouchdb> {
  const given = process.env["SUBSCRIBIE_COUCHDB_URL"];
  const embedded =
    given === undefined
      ? await startCouchdbServer({ admin: { name: "admin", password: "p@ss:word" } })
      : undefined;
  const { serverUrl, credentials } = addressOf(given ?? `${embedded?.url ?? ""}/none`);
  const server = new URL(`${serverUrl}/`);
  server.username = encodeURIComponent(credentials?.user ?? "");
  server.password = encodeURIComponent(credentials?.password ?? "");
  const databases: string[] = [];
  const users: string[] = [];

  return {
    embedded,
    newDatabaseUrl() {
      const url = `${server.href}sites-${randomBytes(6).toString("hex")}`;
      databases.push(url);
      return url;
    },
    async createUser(user) {
      const id = `org.couchdb.user:${user.name}`;
      // CouchDB 3 has no such database until somebody makes it; a 412 says that it is there.
      await send("PUT", `${server.href}_users`);
      const url = `${server.href}_users/${id}`;
      const { status } = await send("PUT", url, { ...user, _id: id, type: "user" });
      if (status !== 201) throw new Error(`the user ${user.name} was not created: ${status}`);
      users.push(url);
    },
    async stop() {
      if (embedded !== undefined) return await embedded.stop();
      for (const url of databases) await send("DELETE", url);
      for (const url of users) {
        const { body } = await send("GET", url);
        await send("DELETE", `${url}?rev=${String(Object(body)._rev)}`);
      }
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

/** A document that is there. */
export async function existing(queue: SiteQueue, id: string): Promise<QueueDocument> {
  const document = await queue.readOne(id);
  if (document === undefined) throw new Error(`there is no document ${id}`);
  return document;
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
