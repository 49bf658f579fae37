/** The parts of these untyped packages that the embedded CouchDB-compatible server uses. */

declare module "pouchdb" {
  interface PouchConstructor {
    plugin(plugin: unknown): void;
    setMaxListeners(count: number): void;
    defaults(options: { adapter?: string; prefix?: string }): PouchConstructor;
  }
  const PouchDB: PouchConstructor;
  export default PouchDB;
}

declare module "pouchdb-adapter-memory" {
  const memoryAdapter: unknown;
  export default memoryAdapter;
}

declare module "express-pouchdb" {
  import type { RequestListener } from "node:http";

  interface ExpressPouchDBOptions {
    mode?: string;
    inMemoryConfig?: boolean;
    logPath?: string;
    overrideMode?: { exclude?: string[] };
  }
  interface ExpressPouchDBApp extends RequestListener {
    couchConfig: {
      set(section: string, key: string, value: unknown, callback: (error?: unknown) => void): void;
    };
  }
  function expressPouchDB(pouchDB: unknown, options?: ExpressPouchDBOptions): ExpressPouchDBApp;
  export default expressPouchDB;
}
