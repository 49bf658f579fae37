import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { startCouchdbServer } from "./couchdb-server.ts";
import type { CouchdbServer } from "./couchdb-server.ts";
import { startCouchdbProcess } from "./couchdb-process.ts";
import { startFaultProxy } from "./fault-proxy.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function startServer(options?: Parameters<typeof startCouchdbServer>[0]): Promise<CouchdbServer> {
  const server = await startCouchdbServer(options);
  stops.push(async () => await server.stop());
  return server;
}

async function send(method: string, url: string, body?: object): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

describe("the embedded CouchDB", () => {
  it("keeps documents, and refuses a stale revision", async () => {
    const { url } = await startServer();
    expect(await send("PUT", `${url}/sites`)).toMatchObject({ status: 201 });
    expect(await send("PUT", `${url}/sites/a`, { n: 1 })).toMatchObject({ status: 201 });
    expect(await send("PUT", `${url}/sites/a`, { n: 2 })).toMatchObject({ status: 409 });
    expect(await send("GET", `${url}/sites/a`)).toMatchObject({ status: 200, body: { n: 1 } });
  });

  it("does not share documents in memory with another server", async () => {
    const [one, other] = [await startServer(), await startServer()];
    await send("PUT", `${one.url}/sites`);
    await send("PUT", `${one.url}/sites/a`, { n: 1 });
    expect(await send("GET", `${other.url}/sites/a`)).toMatchObject({ status: 404 });
  });

  it("is on the same port with the same documents after a restart", async () => {
    const server = await startServer();
    await send("PUT", `${server.url}/sites`);
    await send("PUT", `${server.url}/sites/a`, { n: 1 });
    await server.stop();
    await expect(fetch(server.url)).rejects.toThrow("fetch failed");
    await server.start();
    expect(await send("GET", `${server.url}/sites/a`)).toMatchObject({ body: { n: 1 } });
  });

  it("keeps documents in a directory, also when it is killed", async () => {
    const directory = await mkdtemp(join(tmpdir(), "couchdb-"));
    stops.push(async () => await rm(directory, { recursive: true }));
    const first = await startCouchdbProcess({ directory });
    await send("PUT", `${first.url}/sites`);
    await send("PUT", `${first.url}/sites/a`, { n: 1 });
    await first.kill();
    const second = await startCouchdbProcess({ directory, port: first.port });
    stops.push(async () => await second.kill());
    expect(second.port).toBe(first.port);
    expect(await send("GET", `${second.url}/sites/a`)).toMatchObject({ body: { n: 1 } });
  });

  it("is closed once it has an administrator, as CouchDB 3 is", async () => {
    const server = await startServer({ admin: { name: "root", password: "p@ss" } });
    async function asUser(credentials: string, method: string, path: string, body?: object): Promise<number> {
      const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
      const response = await fetch(server.anonymousUrl + path, {
        method,
        headers: { "content-type": "application/json", ...(credentials === "" ? {} : { authorization }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      await response.arrayBuffer();
      return response.status;
    }
    const [admin, sam] = ["root:p@ss", "sam:soap"];
    const user = { _id: "org.couchdb.user:sam", name: "sam", password: "soap", type: "user", roles: [] };
    expect(await asUser(admin, "PUT", "/_users/org.couchdb.user:sam", user)).toBe(201);
    expect(await asUser("", "GET", "/_all_dbs")).toBe(401);
    expect(await asUser("", "GET", "/")).toBe(200);
    expect(await asUser(sam, "PUT", "/sites")).toBe(401);
    expect(await asUser(admin, "PUT", "/sites")).toBe(201);
    expect(await asUser(admin, "PUT", "/sites")).toBe(412);
    expect(await asUser(sam, "GET", "/sites/_all_docs")).toBe(401);
    const security = { admins: { names: [], roles: [] }, members: { names: ["sam"], roles: [] } };
    expect(await asUser(admin, "PUT", "/sites/_security", security)).toBe(200);
    expect(await asUser(sam, "PUT", "/sites/a", {})).toBe(201);
    expect(await asUser(sam, "PUT", "/sites/_design/a", {})).toBe(401);
  });
});

describe("the fault proxy", () => {
  it("passes requests on, cuts connections, and holds everything back", async () => {
    const server = await startServer();
    const proxy = await startFaultProxy(server.port);
    stops.push(async () => await proxy.close());
    const url = `http://127.0.0.1:${proxy.port}/`;
    expect((await fetch(url)).status).toBe(200);
    proxy.inject({ kind: "half-open" });
    const pending = fetch(url);
    await expect(fetch(url, { signal: AbortSignal.timeout(200) })).rejects.toThrow(/timeout/);
    proxy.cut();
    await expect(pending).rejects.toThrow("fetch failed");
    proxy.inject({ kind: "latency", milliseconds: 100 });
    expect((await fetch(url)).status).toBe(200);
  });
});
