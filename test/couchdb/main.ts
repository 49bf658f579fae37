import { parseArgs } from "node:util";
import { startCouchdbServer } from "./couchdb-server.ts";

/**
 * The embedded CouchDB-compatible server as a process of its own, so that it can be killed:
 * `node test/couchdb/main.ts [--port N] [--directory DIR]`. Prints its address in one line once it answers.
 */
const { values } = parseArgs({ options: { port: { type: "string" }, directory: { type: "string" } } });

const server = await startCouchdbServer({
  ...(values.port === undefined ? {} : { port: Number(values.port) }),
  ...(values.directory === undefined ? {} : { directory: values.directory }),
});
console.log(server.url);
process.once("disconnect", () => process.exit());
