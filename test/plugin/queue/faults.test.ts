import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { CommandError } from "../../../plugin/errors.ts";
import { claimed, deployed } from "../../../plugin/queue/bookkeeping.ts";
import { createCouchdbClient } from "../../../plugin/queue/couchdb-client.ts";
import { createSiteQueue } from "../../../plugin/queue/site-queue.ts";
import type { SiteQueue } from "../../../plugin/queue/site-queue.ts";
import { startCouchdbServer } from "../../couchdb/couchdb-server.ts";
import type { CouchdbServer } from "../../couchdb/couchdb-server.ts";
import { startFaultProxy } from "../../couchdb/fault-proxy.ts";
import type { FaultProxy } from "../../couchdb/fault-proxy.ts";
import { addressOf, openQueue, send } from "./queue-under-test.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

interface Setup {
  readonly server: CouchdbServer;
  readonly proxy: FaultProxy;
  /** Straight to the server. */
  readonly direct: string;
  /** Through the proxy. */
  readonly url: string;
}

async function setUp(database: string): Promise<Setup> {
  const server = await startCouchdbServer({ admin: { name: "admin", password: "s3cr3t" } });
  const proxy = await startFaultProxy(server.port);
  cleanUps.push(
    async () => await server.stop(),
    async () => await proxy.close(),
  );
  const direct = `${server.url}/${database}`;
  await openQueue(direct).prepare();
  return { server, proxy, direct, url: `http://admin:s3cr3t@127.0.0.1:${proxy.port}/${database}` };
}

const payload = { company: { name: "Soap" }, password: "pw" };

describe("while CouchDB cannot be reached", () => {
  it("a person is told in one line where it was looked for, without the password", async () => {
    const queue = openQueue("http://admin:s3cr3t@127.0.0.1:9/sites");
    await expect(queue.prepare()).rejects.toThrow(
      /^no answer from the queue http:\/\/127\.0\.0\.1:9\/sites: .*; check that CouchDB is up and that its address is right$/,
    );
  });

  it("a request that gets no answer ends after a time", async () => {
    const { proxy, url } = await setUp("half-open");
    const client = createCouchdbClient(addressOf(url), { timeoutMs: 300 });
    proxy.inject({ kind: "half-open" });
    await expect(client.request({ method: "GET", path: "" })).rejects.toThrow(/no answer from the queue/);
  });

  it("a wrong password is named as such", async () => {
    const { server } = await setUp("wrong-password");
    const queue = openQueue(`http://admin:other@127.0.0.1:${server.port}/wrong-password`);
    await expect(queue.prepare()).rejects.toThrow(/wants other credentials.*SUBSCRIBIE_COUCHDB_URL/);
  });
});

/** A server that answers every request alike, as a proxy before CouchDB does when CouchDB is away. */
async function answering(status: number, contentType: string, body: string): Promise<SiteQueue> {
  const server = createServer((_, response) => {
    response.writeHead(status, { "content-type": contentType }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUps.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return openQueue(`http://admin:s3cr3t@127.0.0.1:${address.port}/sites`);
}

describe("what is no answer of CouchDB's", () => {
  const page = "<html><body><h1>Not here</h1></body></html>";

  it.each([
    [502, "text/html", page, "refused: Bad Gateway (502)"],
    [503, "application/json", '{"message":"busy"}', "refused: Service Unavailable (503)"],
    [404, "text/html", page, "refused: Not Found (404)"],
    [302, "text/html", page, "no answer from the queue"],
    [200, "text/html", page, "its answer is not JSON"],
    [200, "application/json", '{"_id": "_desi', "its answer is not JSON"],
  ])("is told in one line, whoever asks: %i, %s", async (status, contentType, body, message) => {
    const queue = await answering(status, contentType, body);
    const requests = [async () => await queue.prepare(), async () => await queue.readOne("a")];
    for (const request of requests) {
      const error: unknown = await request().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(error).toBeInstanceOf(CommandError);
      expect(String(error)).toContain(message);
      expect(String(error)).not.toMatch(/s3cr3t|html|\n/);
    }
  });

  it.each([
    [401, "Name or password is incorrect.", /wants other credentials.*check the user and the password/],
    [401, "You are not a server admin.", /refused: You are not a server admin\. \(401\)/],
    [403, "You are not allowed to access this db.", /does not let its user in.*role.*queue init/],
    [413, "max_document_size", /refused: max_document_size \(413\)/],
  ])("is told with what mends it: %i %s", async (status, reason, message) => {
    const queue = await answering(status, "application/json", JSON.stringify({ error: "e", reason }));
    await expect(queue.readOne("a")).rejects.toThrow(message);
    await expect(queue.position()).rejects.toThrow(message);
  });
});

describe("a write whose answer is lost", () => {
  it("is recognised as its own when it is repeated", async () => {
    const { proxy, direct, url } = await setUp("lost-answer");
    await send("PUT", `${direct}/a`, payload);
    const queue = createSiteQueue(createCouchdbClient(addressOf(url), { timeoutMs: 1_000 }), {
      signal: new AbortController().signal,
      patienceMs: 20_000,
    });
    const document = await queue.readOne("a");
    if (document === undefined) throw new Error("there is no document a");
    proxy.inject({ kind: "swallow-answers" });
    const writing = queue.write(claimed(document, "me", Date.now()));
    await expect
      .poll(async () => await send("GET", `${direct}/a`))
      .toMatchObject({
        body: { deployment: { claimedBy: "me" } },
      });
    proxy.cut();
    proxy.inject({ kind: "none" });
    expect(await writing).toMatchObject({ kind: "written" });
    const claimedDocument = await queue.readOne("a");
    expect(claimedDocument?.rev).toMatch(/^2-/);
  });
});

describe("documents that are written at the same time", () => {
  it("do not fail together when one of them is refused", async () => {
    const { direct } = await setUp("bulk");
    const queue = openQueue(direct);
    await Promise.all(["a", "b"].map(async (id) => await send("PUT", `${direct}/${id}`, payload)));
    const [a, b] = await Promise.all([queue.readOne("a"), queue.readOne("b")]);
    if (a === undefined || b === undefined) throw new Error("the documents are not there");
    const bad = { ...b.body, _unknown: "CouchDB reserves such names" };
    const outcomes = await Promise.all([
      queue.write(deployed(a, { site: "a", url: "http://a", digest: "" }, Date.now())),
      queue.write(bad),
      queue.write({ _id: "c", ...payload }),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(["written", "refused", "written"]);
  });
});
