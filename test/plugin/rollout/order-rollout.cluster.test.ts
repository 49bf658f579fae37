import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createTestNamespace } from "../../control-plane/test-cluster.ts";
import { holdLease, leaveLease, openStore, rolloutRecord, subscribie } from "./stored-rollouts.ts";

const id = "u-20261123-203015-aaaa";
const other = "u-20261123-204015-bbbb";

/** Somebody who holds the Lease and renews it. */
async function driver(namespace: string) {
  const opened = openStore(namespace);
  const lease = await holdLease(opened.client, namespace);
  return { ...opened, lease };
}

describe.concurrent("an order for a rollout that nobody drives", () => {
  test("marks it at once", async () => {
    const namespace = await createTestNamespace("orders");
    const { store } = openStore(namespace);
    await store.save(rolloutRecord());
    expect(await subscribie(namespace, ["pause"])).toEqual({
      code: 0,
      stdout: `rollout ${id} paused\n`,
      stderr: "",
    });
    expect((await store.read(id)).record).toMatchObject({ phase: "Paused", cause: "pause" });
    expect(await subscribie(namespace, ["abort", id])).toMatchObject({
      code: 0,
      stdout: `rollout ${id} aborted\n`,
    });
    expect((await store.read(id)).record).toMatchObject({ phase: "Aborted", cause: "abort" });
  });

  test("does not undo what its driver wrote last, while the order waited for the Lease", async () => {
    const namespace = await createTestNamespace("orders");
    const { store } = openStore(namespace);
    await store.save(rolloutRecord());
    await leaveLease(namespace, 5);
    const ordered = subscribie(namespace, ["abort", id]);
    await delay(1_000);
    await store.save(rolloutRecord({ phase: "Complete" }));
    expect(await ordered).toMatchObject({
      code: 1,
      stdout: "",
      stderr: `error: rollout ${id} is Complete; there is nothing to abort\n`,
    });
    expect((await store.read(id)).record.phase).toBe("Complete");
  });

  test("is refused while somebody is at work who may be about to go on with it", async () => {
    const namespace = await createTestNamespace("orders");
    const { store, lease } = await driver(namespace);
    await store.save(rolloutRecord({ phase: "Paused" }));
    const aborted = await subscribie(namespace, ["abort", id]);
    expect(aborted).toMatchObject({ code: 1, stdout: "" });
    expect(aborted.stderr).toContain(`nobody drives rollout ${id}, and ann@laptop-1 holds the rollout Lease`);
    expect((await store.read(id)).record.phase).toBe("Paused");
    await lease.release();
  });

  test("is refused while another one is driven, and nothing is claimed", async () => {
    const namespace = await createTestNamespace("orders");
    const { store, lease } = await driver(namespace);
    await store.save(rolloutRecord());
    await store.save(rolloutRecord({ id: other, updatedAt: "2026-11-23T20:50:00Z" }));
    const aborted = await subscribie(namespace, ["abort", id]);
    expect(aborted).toMatchObject({ code: 1, stdout: "" });
    expect(aborted.stderr).toContain(`for rollout ${other}; try again`);
    expect(await store.read(id)).toMatchObject({ order: undefined, record: { phase: "Progressing" } });
    await lease.release();
  });
});

describe.concurrent("an order for a rollout that is driven", () => {
  test("is left for its driver, again if they took it for one of before, and answered by what they do", async ({
    expect,
  }) => {
    const namespace = await createTestNamespace("orders");
    const { store, lease } = await driver(namespace);
    await store.save(rolloutRecord());
    const ordered = subscribie(namespace, ["pause", id]);
    const order = async () => (await store.read(id)).order;
    await expect.poll(order, { timeout: 30_000 }).toBe("pause");
    await store.order(id, null);
    await expect.poll(order, { timeout: 30_000 }).toBe("pause");
    await store.save(rolloutRecord({ phase: "Paused", cause: "pause" }));
    expect(await ordered).toMatchObject({ code: 0, stdout: `rollout ${id} paused\n` });
    await lease.release();
  });

  test("that came to its end first is said to have come too late", async ({ expect }) => {
    const namespace = await createTestNamespace("orders");
    const { store, lease } = await driver(namespace);
    await store.save(rolloutRecord());
    const ordered = subscribie(namespace, ["abort", id]);
    await expect.poll(async () => (await store.read(id)).order, { timeout: 30_000 }).toBe("abort");
    await store.save(rolloutRecord({ phase: "Complete" }));
    expect(await ordered).toMatchObject({
      code: 1,
      stdout: "",
      stderr: `error: rollout ${id} is Complete; the abort came too late\n`,
    });
    await lease.release();
  });
});
