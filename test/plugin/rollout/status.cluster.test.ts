import { describe, expect, test } from "vitest";
import { createSites, waitForSites } from "../../control-plane/sites.ts";
import { client, createTestNamespace } from "../../control-plane/test-cluster.ts";
import {
  holdLease,
  leaveLease,
  openStore,
  rolloutRecord,
  siteResult,
  startSubscribie,
  subscribie,
} from "./stored-rollouts.ts";

const id = "u-20261123-203015-aaaa";

/** A namespace with two sites, and a rollout over them that runs by its record. */
async function runningRollout() {
  const namespace = await createTestNamespace("status");
  const names = await createSites(client, namespace, 2);
  await waitForSites(client, namespace, names, AbortSignal.timeout(120_000));
  const opened = openStore(namespace);
  const record = rolloutRecord({ selection: { namespace, names: [], exclude: [] } });
  await opened.store.save(record, [siteResult("site-00001", "updated"), siteResult("site-00002", "pending")]);
  return { namespace, record, ...opened };
}

describe.concurrent("status -w", () => {
  test("ends when the driver was killed, and says how to go on", async () => {
    const { namespace } = await runningRollout();
    await leaveLease(namespace, 2);
    const { code, stdout, stderr } = await subscribie(namespace, ["status", id, "-w"]);
    expect(code).toBe(1);
    expect(stdout).toContain("Progressing");
    expect(stderr).toContain(
      `nobody drives rollout ${id} any more: the rollout Lease was not renewed for 2 seconds; go on with kubectl subscribie resume ${id} -n ${namespace}`,
    );
  });

  test("ends when whoever holds the Lease drives another rollout", async () => {
    const { namespace, client: ours, store, record } = await runningRollout();
    const other = "u-20261123-204015-bbbb";
    await store.save({ ...record, id: other, updatedAt: "2026-11-23T20:50:00Z" });
    const lease = await holdLease(ours, namespace);
    const { code, stderr } = await subscribie(namespace, ["status", id, "-w"]);
    expect(code).toBe(1);
    expect(stderr).toContain(`whoever holds the rollout Lease drives rollout ${other}`);
    await lease.release();
  });

  test("shows failures as they are recorded, with the time, and ends with the driver's own exit code", async () => {
    const { namespace, client: ours, store, record } = await runningRollout();
    const lease = await holdLease(ours, namespace);
    const followed = startSubscribie(namespace, ["status", id, "-w"]);
    await followed.said;
    const failed = siteResult("site-00002", "failed", "no such image\u001b[2J");
    await store.save(record, [siteResult("site-00001", "updated"), failed]);
    const ended = { ...record, phase: "Paused", cause: "interrupt" } as const;
    await store.save(ended, [siteResult("site-00001", "updated"), failed]);
    const { code, stderr } = await followed.ended;
    await lease.release();
    expect(code).toBe(130);
    expect(stderr).toMatch(/^\d\d:\d\d:\d\d failed {3}shops\/site-00002: no such image\\u\{1b\}\[2J$/m);
    expect(stderr).toMatch(
      /^\d\d:\d\d:\d\d upgrade to v0.11 {2}2\/2 through, 1 updated, 1 failed, 0 pending$/m,
    );
  });
});

test("status -w follows a rollout to its pause, which whoever asks is told of", async () => {
  const namespace = await createTestNamespace("status");
  const names = await createSites(client, namespace, 2);
  await waitForSites(client, namespace, names, AbortSignal.timeout(120_000));
  const { store } = openStore(namespace);
  const driven = subscribie(namespace, ["upgrade", "v0.11", "--canary", "1", "--soak", "10m"]);
  await expect
    .poll(async () => (await store.list(() => undefined))[0]?.record.phase, { timeout: 60_000 })
    .toBe("Progressing");
  const followed = startSubscribie(namespace, ["status", "-w"]);
  await followed.said;
  const paused = await subscribie(namespace, ["pause"], "operator");
  expect(paused).toMatchObject({ code: 0, stderr: "" });
  expect(paused.stdout).toMatch(/^rollout u-\S+ paused\n$/);
  expect((await driven).code).toBe(1);
  expect(await followed.ended).toMatchObject({ code: 1, stdout: expect.stringContaining("Paused") });
});

describe.concurrent("status of a fleet", () => {
  test("prints its sites' names, or each version's image", async () => {
    const { namespace } = await runningRollout();
    expect(await subscribie(namespace, ["status", "-o", "name"])).toEqual({
      code: 0,
      stdout: "deployment.apps/site-00001\ndeployment.apps/site-00002\n",
      stderr: "",
    });
    const { stdout } = await subscribie(namespace, ["status", "-o", "wide"]);
    expect(stdout).toMatch(/^VERSION +SITES +HEALTHY +PROGRESSING +FAILED +IMAGE$/m);
    expect(stdout).toMatch(/^v0\.10 +2 +2 +0 +0 +ghcr\.io\/subscribie\/subscribie:v0\.10$/m);
  });
});
