import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { claimed } from "../../../plugin/queue/bookkeeping.ts";
import { openQueue, send, startTestCouchdb } from "./queue-under-test.ts";
import type { TestCouchdb } from "./queue-under-test.ts";

interface User {
  readonly name: string;
  readonly password: string;
}

const run = randomBytes(4).toString("hex");
/** Another writer: a user of the server who is no administrator and has no role. */
const writer: User = { name: `shop-writer-${run}`, password: "writes shops" };
/** Has the role, and is no administrator. */
const deployer: User = { name: `deployer-${run}`, password: "deploys shops" };
let couchdb: TestCouchdb;
let admin: string;
let stranger: string;

beforeAll(async () => {
  couchdb = await startTestCouchdb();
  await send("PUT", couchdb.serverUrl("_users"));
  await createUser(writer, []);
  await createUser(deployer, ["shop-deployer"]);
});
afterAll(async () => {
  await couchdb.stop();
});
beforeEach(async () => {
  admin = couchdb.newDatabaseUrl();
  stranger = asUser(admin, writer);
  await openQueue(admin).init("shop-deployer");
  await send("PUT", `${admin}/_security`, {
    members: { roles: [], names: [] },
    admins: { roles: ["_admin"], names: [] },
  });
});

async function createUser(user: User, roles: readonly string[]): Promise<void> {
  const id = `org.couchdb.user:${user.name}`;
  const body = { ...user, _id: id, type: "user", roles };
  const { status } = await send("PUT", couchdb.serverUrl(`_users/${id}`), body);
  if (status !== 201) throw new Error(`the user ${user.name} was not created: ${status}`);
}

function asUser(url: string, { name, password }: User): string {
  const changed = new URL(url);
  changed.username = name;
  changed.password = password;
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
  for (const document of await queue.read([id])) await queue.write(claimed(document, "me", Date.now()));
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
    await put("b", payload);
    await claim("b");
    const [a, b] = [await read("a"), await read("b")];
    expect(await send("DELETE", `${stranger}/a?rev=${String(a["_rev"])}`)).toMatchObject({ status: 200 });
    expect(await send("DELETE", `${stranger}/b?rev=${String(b["_rev"])}`)).toMatchObject({ status: 403 });
  });

  it("is told to have the queue set up, when it is not", async () => {
    const url = couchdb.newDatabaseUrl();
    await send("PUT", url);
    await expect(openQueue(asUser(url, writer)).prepare()).rejects.toThrow(
      /have its administrator run .* queue init/,
    );
  });
});

describe("a deployer that has the role and is no administrator", () => {
  it("may write bookkeeping in a queue that was set up for the role", async () => {
    await put("a", payload);
    const queue = openQueue(asUser(admin, deployer));
    await queue.prepare();
    for (const document of await queue.read(["a"])) {
      expect(await queue.write(claimed(document, "me", Date.now()))).toMatchObject({ kind: "written" });
    }
  });
});

describe("setting up the queue", () => {
  it("lets the role into a database that has members, beside them", async () => {
    const url = couchdb.newDatabaseUrl();
    await send("PUT", url);
    const members = { names: ["somebody"], roles: ["_admin"] };
    await send("PUT", `${url}/_security`, { admins: { names: [], roles: ["_admin"] }, members });
    await openQueue(url).init("shop-deployer");
    expect((await send("GET", `${url}/_security`)).body).toEqual({
      admins: { names: [], roles: ["_admin"] },
      members: { names: ["somebody"], roles: ["_admin", "shop-deployer"] },
    });
  });

  it("may be done again, and changes the role", async () => {
    await openQueue(admin).init("other-role");
    expect(await read("_design/subscribie")).toMatchObject({ role: "other-role" });
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
