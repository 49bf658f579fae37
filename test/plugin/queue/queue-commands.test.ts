import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { claimed, failed, rejected } from "../../../plugin/queue/bookkeeping.ts";
import { run } from "../../../plugin/run.ts";
import { memoryIo } from "../memory-io.ts";
import { existing, openQueue, send, startTestCouchdb } from "./queue-under-test.ts";
import type { TestCouchdb } from "./queue-under-test.ts";

const now = Date.parse("2030-01-01T00:00:00Z");

let couchdb: TestCouchdb;
let url: string;

beforeAll(async () => {
  couchdb = await startTestCouchdb();
});
afterAll(async () => {
  await couchdb.stop();
});
beforeEach(() => {
  url = couchdb.newDatabaseUrl();
});

async function command(
  args: readonly string[],
  stdin = "",
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const { io, written } = memoryIo({
    env: { SUBSCRIBIE_COUCHDB_URL: url },
    now: () => now,
    stdin: Readable.from([stdin]),
  });
  const exitCode = await run(args, io);
  return { exitCode, ...(await written()) };
}

/** A queued, a failed and a rejected request. */
async function fill(): Promise<void> {
  const queue = openQueue(url);
  await queue.prepare();
  for (const id of ["a", "b", "c"]) {
    await send("PUT", `${url}/${id}`, {
      company: { name: id },
      password: "s3cr3t",
      login_token: "s3cr3t too",
    });
  }
  await queue.write(claimed(await existing(queue, "b"), "me", now - 90_000));
  await queue.write(failed(await existing(queue, "b"), "b-shop", "no luck", now));
  await queue.write(rejected(await existing(queue, "c"), ["one thing", "another"]));
}

describe("queue init", () => {
  it("sets a queue up, and says where and for whom, without the password", async () => {
    const { exitCode, stdout } = await command(["queue", "init", "--role", "shops"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^queue https?:\/\/[^@]+\/sites-\w+ is set up for the role shops\n$/);
  });
});

describe("queue list", () => {
  it("shows what became of each request", async () => {
    await fill();
    const { exitCode, stdout } = await command(["queue", "list"]);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        "ID   STATUS     SITE     ATTEMPTS   AGE         REASON",
        "b    failed     b-shop   1          90s         no luck",
        "a    queued     <none>   0          <unknown>   <none>",
        "c    rejected   <none>   0          <unknown>   one thing; another",
        "",
      ].join("\n"),
    );
  });

  it("shows one status alone, and documents for programs", async () => {
    await fill();
    const { stdout } = await command(["queue", "list", "--status", "rejected", "-o", "json"]);
    expect(JSON.parse(stdout).requests).toMatchObject([
      { id: "c", status: "rejected", error: "one thing; another" },
    ]);
  });

  it("shows ids that hold terminal escapes as harmless text", async () => {
    await openQueue(url).prepare();
    await send("POST", url, { _id: "evil\u001b[2J", company: {} });
    const { stdout } = await command(["queue", "list"]);
    expect(stdout).toContain("evil\\u{1b}[2J");
  });
});

describe("queue show", () => {
  it("shows a request without its secrets", async () => {
    await fill();
    const { exitCode, stdout } = await command(["queue", "show", "b"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("password: <masked>\n");
    expect(stdout).not.toContain("s3cr3t");
    expect(stdout).toContain("status: failed\n");
  });

  it("says when there is none", async () => {
    await fill();
    expect(await command(["queue", "show", "x"])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^error: there is no request x in https?:\/\/[^@]+\n$/),
    });
  });
});

describe("queue retry", () => {
  it("queues named requests again, whatever became of them, and says which are missing", async () => {
    await fill();
    const { exitCode, stdout, stderr } = await command(["queue", "retry", "c", "x"]);
    expect(stdout).toBe("request/c queued\n");
    expect(stderr).toBe("error: there is no request x\n");
    expect(exitCode).toBe(1);
    expect(await openQueue(url).counts()).toEqual({ queued: 2, failed: 1 });
  });

  it("queues everything again that failed", async () => {
    await fill();
    expect(await command(["queue", "retry", "--all"])).toMatchObject({
      exitCode: 0,
      stdout: "request/b queued\n",
    });
    expect(await openQueue(url).counts()).toEqual({ queued: 2, rejected: 1 });
  });

  it("wants either names or --all", async () => {
    expect(await command(["queue", "retry"])).toMatchObject({ exitCode: 2 });
    expect(await command(["queue", "retry", "--all", "a"])).toMatchObject({ exitCode: 2 });
  });
});

describe("submit", () => {
  it("puts payloads under an id of their own, or the one that they name", async () => {
    const payloads = [{ company: { name: "One" } }, { _id: "mine", company: { name: "Two" } }];
    const { exitCode, stdout } = await command(["submit", "-f", "-"], JSON.stringify(payloads));
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^request\/[0-9a-f-]{36} submitted\nrequest\/mine submitted\n$/);
  });

  it("does not replace a request that is there", async () => {
    await command(["submit", "-f", "-"], '{"_id":"mine","company":{"name":"One"}}');
    const { exitCode, stderr } = await command(
      ["submit", "-f", "-"],
      '{"_id":"mine","company":{"name":"Two"}}',
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain("there is a document mine already; submit it under another _id");
  });

  it.each([
    ["no file", [], "", 2, "name a file with -f"],
    ["text that is not JSON", ["-f", "-"], "{", 1, "stdin is not JSON"],
    ["a file that is not there", ["-f", "/nowhere.json"], "", 1, "/nowhere.json cannot be read"],
    [
      "the deployer's own field",
      ["-f", "-"],
      '{"company":{"name":"a"},"deployment":{}}',
      1,
      "deployer's own field",
    ],
    ["a name that makes no site", ["-f", "-"], '{"company":{"name":"&"}}', 1, "no letter or digit"],
  ])("refuses %s", async (_, args, stdin, exitCode, message) => {
    const result = await command(["submit", ...args], stdin);
    expect(result).toMatchObject({ exitCode, stderr: expect.stringContaining(message) });
  });
});
