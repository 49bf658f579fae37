import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { claimed } from "../../../plugin/queue/bookkeeping.ts";
import { designDocument } from "../../../plugin/queue/design-document.ts";
import { existing, openQueue, send, startTestCouchdb } from "./queue-under-test.ts";
import type { TestCouchdb, TestUser } from "./queue-under-test.ts";

const run = randomBytes(4).toString("hex");
/** Another writer: a member of the database who is no administrator and has no role. */
const writer: TestUser = { name: `shop-writer-${run}`, password: "writes shops", roles: [] };
/** Has the role, and is no administrator. */
const deployer: TestUser = {
  name: `deployer-${run}`,
  password: "deploys: shops@100%",
  roles: ["shop-deployer"],
};
/** A user of the server who is no member. */
const outsider: TestUser = { name: `outsider-${run}`, password: "looks around", roles: [] };
let couchdb: TestCouchdb;
let admin: string;
let stranger: string;

beforeAll(async () => {
  couchdb = await startTestCouchdb();
  for (const user of [writer, deployer, outsider]) await couchdb.createUser(user);
});
afterAll(async () => {
  await couchdb.stop();
});
beforeEach(async () => {
  admin = couchdb.newDatabaseUrl();
  stranger = asUser(admin, writer);
  await openQueue(admin).init("shop-deployer");
  await admit(admin, writer);
});

/** Makes a user a member of a database, beside those that it has. */
async function admit(url: string, { name }: TestUser): Promise<void> {
  const { members, ...security } = Object((await send("GET", `${url}/_security`)).body);
  const names = [...(members?.names ?? []), name];
  const { status } = await send("PUT", `${url}/_security`, { ...security, members: { ...members, names } });
  expect(status).toBe(200);
}

function asUser(url: string, { name, password }: TestUser): string {
  const changed = new URL(url);
  changed.username = encodeURIComponent(name);
  changed.password = encodeURIComponent(password);
  return changed.href;
}

const payload = { company: { name: "Soap" }, plans: [] };

async function put(id: string, body: object): Promise<{ status: number; body: unknown }> {
  return await send("PUT", `${stranger}/${id}`, body);
}

async function read(id: string): Promise<Record<string, unknown>> {
  return Object((await send("GET", `${admin}/${id}`)).body);
}

async function claim(id: string): Promise<void> {
  const queue = openQueue(admin);
  await queue.write(claimed(await existing(queue, id), "me", Date.now()));
}

describe("who is no deployer", () => {
  it("may submit a request, with the time of its submission or without", async () => {
    expect(await put("a", payload)).toMatchObject({ status: 201 });
    const deployment = { status: "queued", queuedAt: "2030-01-01T00:00:00.000Z" };
    expect(await put("b", { ...payload, deployment })).toMatchObject({ status: 201 });
  });

  it.each([
    ["deployed", { status: "deployed", site: "somebody-elses" }],
    ["queued, with more", { status: "queued", site: "somebody-elses" }],
    ["nothing of the kind", "deployed"],
    ["queued at a time that is none", { status: "queued", queuedAt: { $gt: null } }],
    [
      "queued at a time without an end",
      { status: "queued", queuedAt: `2030-01-01T00:00:00.${"0".repeat(99)}Z` },
    ],
    ["queued, in a list", { status: ["queued"] }],
    ["queued, with a key that looks like two", { "queuedAt,status": 1, status: "queued" }],
  ])("may not submit one that says of itself that it is %s", async (_, deployment) => {
    expect(await put("a", { ...payload, deployment })).toMatchObject({
      status: 403,
      body: { reason: expect.stringContaining("the deployer's own") },
    });
  });

  it("may change a request that was taken up, but not what the deployer wrote into it", async () => {
    await put("a", payload);
    await claim("a");
    const document = await read("a");
    expect(await put("a", { ...document, deployment: undefined })).toMatchObject({ status: 403 });
    expect(await put("a", { ...document, deployment: { status: "queued" } })).toMatchObject({ status: 403 });
    const reordered = Object.fromEntries(Object.entries(Object(document["deployment"])).toReversed());
    expect(await put("a", { ...document, country_code: "GB", deployment: reordered })).toMatchObject({
      status: 201,
    });
  });

  it("may withdraw a request, until it was taken up", async () => {
    await put("a", payload);
    await put("b", { ...payload, deployment: { status: "queued", queuedAt: "2030-01-01T00:00:00.000Z" } });
    await put("c", payload);
    await claim("c");
    for (const [id, status] of Object.entries({ a: 200, b: 200, c: 403 })) {
      const { _rev: rev } = await read(id);
      expect(await send("DELETE", `${stranger}/${id}?rev=${String(rev)}`)).toMatchObject({ status });
    }
  });

  it("cannot break the list of requests, whatever was written before the queue was set up", async () => {
    const url = couchdb.newDatabaseUrl();
    await send("PUT", url);
    const odd = [
      { status: ["queued"], site: {} },
      { status: "queued", queuedAt: { a: 1 } },
      { status: "deploying", claimExpiresAt: 7, claimedBy: [1] },
      { status: "failed", nextAttemptAt: {}, error: { a: 1 }, attempts: "many" },
      { status: "deployed", site: "x".repeat(100_000), revision: "1" },
    ];
    for (const [index, deployment] of odd.entries())
      await send("PUT", `${url}/odd-${index}`, { ...payload, deployment });
    await send("PUT", `${url}/good`, payload);
    const queue = openQueue(url);
    await queue.prepare();
    expect(await queue.dueIds(Date.now(), { ignoreBackoff: false, limit: 100 })).toContain("good");
    expect(await queue.counts()).toEqual({ queued: 3, deploying: 1, failed: 1, deployed: 1 });
  });

  it("is told to have the queue set up, when it is not", async () => {
    const url = couchdb.newDatabaseUrl();
    await send("PUT", url);
    await admit(url, writer);
    await expect(openQueue(asUser(url, writer)).prepare()).rejects.toThrow(
      /have its administrator run .* queue init/,
    );
    const missing = asUser(couchdb.newDatabaseUrl(), writer);
    await expect(openQueue(missing).prepare()).rejects.toThrow(/have its administrator run .* queue init/);
  });

  it("sees nothing of the queue unless the database lets them in, nor does anybody without credentials", async () => {
    await expect(openQueue(asUser(admin, outsider)).counts()).rejects.toThrow(
      /does not let its user in|wants other credentials/,
    );
    const anonymous = new URL(admin);
    [anonymous.username, anonymous.password] = ["", ""];
    await expect(openQueue(anonymous.href).counts()).rejects.toThrow(/wants other credentials/);
  });
});

describe("a deployer that has the role and is no administrator", () => {
  it("may write bookkeeping in a queue that was set up for the role", async () => {
    await put("a", payload);
    const queue = openQueue(asUser(admin, deployer));
    await queue.prepare();
    expect(await queue.counts()).toEqual({ queued: 1 });
    const claim = claimed(await existing(queue, "a"), "me", Date.now());
    expect(await queue.write(claim)).toMatchObject({ kind: "written" });
  });
});

describe("setting up the queue", () => {
  it("lets the role into a database that has members, beside them", async () => {
    const url = couchdb.newDatabaseUrl();
    await send("PUT", url);
    await admit(url, writer);
    await openQueue(url).init("shop-deployer");
    expect((await send("GET", `${url}/_security`)).body).toEqual({
      admins: { names: [], roles: ["_admin"] },
      members: { names: [writer.name], roles: ["_admin", "shop-deployer"] },
    });
  });

  it("may be done again, and changes the role", async () => {
    await openQueue(admin).init("other-role");
    expect(await read("_design/subscribie")).toMatchObject({ role: "other-role" });
  });

  it("is brought up to date by a newer deployer, which keeps the role", async () => {
    await send("PUT", `${admin}/_design/subscribie`, { ...(await read("_design/subscribie")), version: 1 });
    await openQueue(admin).prepare();
    expect(await read("_design/subscribie")).toMatchObject({
      role: "shop-deployer",
      version: designDocument("").version,
    });
  });

  it("is left alone by a deployer that finds it done", async () => {
    await openQueue(admin).prepare();
    expect(await read("_design/subscribie")).toMatchObject({ role: "shop-deployer" });
  });

  it("may be begun by two deployers at the same moment", async () => {
    const url = couchdb.newDatabaseUrl();
    await Promise.all([openQueue(url).prepare(), openQueue(url).prepare()]);
    expect(await openQueue(url).counts()).toEqual({});
  });
});
