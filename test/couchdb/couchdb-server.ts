import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { devNull } from "node:os";
import { join } from "node:path";
import expressPouchDB from "express-pouchdb";
import PouchDB from "pouchdb";
import memoryAdapter from "pouchdb-adapter-memory";
import { closeServer } from "./closed-server.ts";

export interface CouchdbServerOptions {
  /** Where databases are kept; in memory if absent. */
  readonly directory?: string;
  /** A free port if absent. */
  readonly port?: number;
  /** With an administrator it is closed as CouchDB 3 is: to strangers, and a new database to everybody else. */
  readonly admin?: { readonly name: string; readonly password: string };
}

/** A CouchDB-compatible server on loopback, in this process. */
export interface CouchdbServer {
  readonly port: number;
  /** Of the server, with the administrator's credentials if there is one: what SUBSCRIBIE_COUCHDB_URL would hold. */
  readonly url: string;
  /** Of the server, without credentials. */
  readonly anonymousUrl: string;
  /** Cuts every connection, as a stop of CouchDB does; then connections are refused. Databases stay. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  start(): Promise<void>;
}

PouchDB.plugin(memoryAdapter);
// Each server's databases listen to the one constructor, for as long as the process lives.
PouchDB.setMaxListeners(0);

/** Starts an express-pouchdb server. */
export async function startCouchdbServer(options: CouchdbServerOptions = {}): Promise<CouchdbServer> {
  const handle = await createHandler(options);
  let server = await listen(handle, options.port ?? 0);
  const port = portOf(server);
  const { admin } = options;
  const credentials =
    admin === undefined ? "" : `${encodeURIComponent(admin.name)}:${encodeURIComponent(admin.password)}@`;
  return {
    port,
    url: `http://${credentials}127.0.0.1:${port}`,
    anonymousUrl: `http://127.0.0.1:${port}`,
    async stop() {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
    async start() {
      if (!server.listening) server = await listen(handle, port);
    },
  };
}

let serversStarted = 0;

async function createHandler({ directory, admin }: CouchdbServerOptions): Promise<RequestListener> {
  if (directory !== undefined) mkdirSync(directory, { recursive: true });
  serversStarted += 1;
  // Databases in memory are kept by name in one table a process: a prefix gives each server its own documents. The
  // list of databases is the process's all the same, so use another name in each test.
  const pouchDB = PouchDB.defaults(
    directory === undefined
      ? { adapter: "memory", prefix: `server-${serversStarted}-` }
      : { prefix: join(directory, "/") },
  );
  const app = expressPouchDB(pouchDB, {
    inMemoryConfig: true,
    logPath: devNull,
    // Its gzip withholds what a continuous feed has to say until there is more of it; the rest is no use here.
    overrideMode: { exclude: ["compression", "routes/fauxton"] },
  });
  if (admin !== undefined) {
    await new Promise<void>((resolve, reject) => {
      app.couchConfig.set("admins", admin.name, admin.password, (error) =>
        error === undefined || error === null
          ? resolve()
          : reject(new Error("no administrator set", { cause: error })),
      );
    });
  }
  if (admin === undefined) return app;
  const { name, password } = admin;
  return closeServer(app, `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`);
}

async function listen(handle: RequestListener, port: number): Promise<Server> {
  // As long as CouchDB's own server does (mochiweb_http.erl, REQUEST_RECV_TIMEOUT). With Node's five seconds, a request
  // now and then goes out on a connection that is just being closed.
  const server = createServer({ keepAliveTimeout: 300_000 }, handle);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("the server does not listen on a port");
  return address.port;
}
