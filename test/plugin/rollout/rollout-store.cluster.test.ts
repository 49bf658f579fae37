import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { client, createTestNamespace } from "../../control-plane/test-cluster.ts";
import { forgeRecord, openStore, rolloutRecord, siteResult, subscribie } from "./stored-rollouts.ts";

const id = "u-20261123-203015-aaaa";
const main = `subscribie-rollout-${id}`;

async function configMaps(namespace: string): Promise<string[]> {
  const { body } = await client.request("GET", `/api/v1/namespaces/${namespace}/configmaps`);
  return JSON.stringify(body).match(/subscribie-rollout-[^"]+/g) ?? [];
}

describe.concurrent("a forged record", () => {
  test("under a ConfigMap of another name is damage, and the one that it names stays as it is", async () => {
    const namespace = await createTestNamespace("forged");
    const { store } = openStore(namespace);
    await store.save(rolloutRecord({ phase: "Complete" }));
    await forgeRecord(namespace, "subscribie-rollout-other", rolloutRecord());
    const paused = await subscribie(namespace, ["pause"]);
    expect(paused).toMatchObject({ code: 1, stdout: "" });
    expect(paused.stderr).toContain("is damaged at id: it is another rollout's");
    expect((await store.read(id)).record.phase).toBe("Complete");
  });

  test("brings no escape sequence to the terminal", async () => {
    const namespace = await createTestNamespace("forged");
    const escape = "\u001b]0;owned\u0007\u009b2J";
    const text = {
      target: escape,
      startedBy: escape,
      startedAt: escape,
      from: [{ image: escape, sites: 1 }],
    };
    await forgeRecord(
      namespace,
      main,
      rolloutRecord({ ...text, selection: { names: [], exclude: [escape] } }),
    );
    await forgeRecord(namespace, "subscribie-rollout-x", { ...rolloutRecord(), id: escape });
    const listed = await subscribie(namespace, ["history", "-o", "name"]);
    expect(listed.stdout).toBe(`${id}\n`);
    expect(listed.stderr).toContain("subscribie-rollout-x is damaged at id");
    for (const args of [["history"], ["history", id], ["status"], ["status", id]]) {
      const { stdout, stderr } = await subscribie(namespace, args);
      // oxlint-disable-next-line no-control-regex -- control characters are what this finds
      expect(listed.stderr + stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
  });

  test.each([
    ["more chunks than a fleet needs", "1e9"],
    ["no number of chunks", "NaN"],
    ["a chunk that is not there", "2"],
  ])("with %s has damaged results, and true counts", async (_, chunks) => {
    const namespace = await createTestNamespace("forged");
    const { store } = openStore(namespace);
    await store.save(rolloutRecord({ phase: "Complete" }), [siteResult("a", "updated")]);
    await client.request("PATCH", `/api/v1/namespaces/${namespace}/configmaps/${main}`, {
      contentType: "application/merge-patch+json",
      body: { data: { chunks } },
    });
    for (const command of ["status", "history"]) {
      const { code, stdout, stderr } = await subscribie(namespace, [command, id]);
      expect(stdout).toContain("2 sites: 1 updated, 1 failed");
      expect(stderr).toContain(`the results by site of rollout ${id} are damaged`);
      expect(code).toBe(command === "status" ? 1 : 0);
    }
  });

  test("that does not unpack has damaged results", async () => {
    const namespace = await createTestNamespace("forged");
    const { store } = openStore(namespace);
    await store.save(rolloutRecord(), [siteResult("a", "updated")]);
    const bomb = gzipSync(Buffer.alloc(2_000_000)).toString("base64");
    await client.request("PATCH", `/api/v1/namespaces/${namespace}/configmaps/${main}`, {
      contentType: "application/merge-patch+json",
      body: { binaryData: { "results.jsonl.gz": bomb } },
    });
    expect(await (await store.read(id)).results()).toBeUndefined();
  });
});

describe.concurrent("old records", () => {
  /** 52 that are finished, the oldest saying that it had more sites than there can be, and having two chunks more. */
  async function crowded() {
    const namespace = await createTestNamespace("records");
    const { store } = openStore(namespace);
    const ids = Array.from(
      { length: 52 },
      (_, index) => `u-202611${10 + Math.floor(index / 24)}-${String(index % 24).padStart(2, "0")}0000-x`,
    );
    const counts = { total: 9e15, updated: 0, unchanged: 0, failed: 0, skipped: 0, pending: 0 };
    for (const [index, each] of ids.entries()) {
      const different = index === 0 ? { counts } : {};
      await forgeRecord(
        namespace,
        `subscribie-rollout-${each}`,
        rolloutRecord({ id: each, phase: "Complete", ...different }),
      );
    }
    const [oldest = "", second = ""] = ids.map((each) => `subscribie-rollout-${each}`);
    await forgeRecord(namespace, `${oldest}.1`, {}, { "rollout.json": undefined });
    await forgeRecord(namespace, `${oldest}.2`, {}, { "rollout.json": undefined });
    return { namespace, store, oldest, second };
  }

  test("are deleted with all that they are kept in, whatever they say of themselves", async () => {
    const { namespace, store, oldest, second } = await crowded();
    await store.prune(await store.list(() => undefined));
    const left = await configMaps(namespace);
    expect(left).toHaveLength(49);
    expect(left.filter((name) => name.startsWith(oldest) || name.startsWith(second))).toEqual([]);
  });
});
