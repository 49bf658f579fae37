import { hostname } from "node:os";

import { describe, expect, inject, test, type TestContext } from "vitest";

import { rolloutLease } from "../../plugin/rollout/rollout-lease.ts";
import { createApiClient } from "../../shared/cluster/api-client.ts";
import { loadConnection } from "../../shared/cluster/kubeconfig.ts";
import { acquireLease } from "../../shared/cluster/lease.ts";
import { atOnce, createFleet, each, type Fleet } from "./fleet.ts";
import type { RunningPlugin } from "./plugin.ts";
import { countSitePatches } from "./site-patches.ts";

/** One canary, then two at a time: six sites are four steps. */
const upgrade = ["upgrade", "v0.11", "--canary", "1", "--soak", "0s", "--in-flight", "2"] as const;

/** Starts a rollout that will not end by itself before the test does. */
async function startAndSoak(fleet: Fleet, { onTestFinished }: TestContext): Promise<RunningPlugin> {
  const running = fleet.start(["upgrade", "v0.11", "--canary", "1", "--soak", "10m"]);
  onTestFinished(async () => {
    running.signal("SIGKILL");
    await running.ended;
  });
  await running.said(/soaking/);
  return running;
}

describe.concurrent("an upgrade that was killed", () => {
  test.for([
    ["before its first PATCH is answered", /canary wave 1 of 1/],
    ["after its canary", /updated {2}\S+/],
    ["in its window", /(?:updated {2}[^]*){3}/],
    ["with its last sites in flight", /(?:updated {2}[^]*){5}/],
  ] as const)("%s goes on with the same command, and changes no site twice", async ([, moment]) => {
    const fleet = await createFleet(6);
    const patches = await countSitePatches(fleet.namespace);
    const killed = fleet.start(upgrade);
    await killed.said(moment);
    killed.signal("SIGKILL");
    expect((await killed.ended).code).toBeNull();

    const again = await fleet.rollout(upgrade);
    expect(again).toMatchObject({ code: 0, phase: "Complete", counts: { total: 6, updated: 6 } });
    expect(again.stderr).toContain(`resuming rollout ${again.id}`);
    expect(await fleet.versions()).toEqual(each(fleet.names, "v0.11"));
    await patches.expectOnce(fleet.names);
    expect(await fleet.history()).toMatchObject([{ id: again.id, phase: "Complete" }]);
  });

  test("goes on with resume, by whoever asks, once its Lease has expired", async () => {
    const fleet = await createFleet(6);
    const patches = await countSitePatches(fleet.namespace);
    const killed = fleet.start(upgrade);
    await killed.said(/(?:updated {2}[^]*){2}/);
    killed.signal("SIGKILL");
    await killed.ended;
    const resumed = await fleet.rollout(["resume"], { user: "admin" });
    expect(resumed).toMatchObject({ code: 0, phase: "Complete", counts: { total: 6, updated: 6 } });
    expect(resumed.stderr).toContain("holds the rollout Lease; seeing whether it is still at work");
    await patches.expectOnce(fleet.names);
    const once = await fleet.run(["resume"]);
    expect(once).toMatchObject({ code: 1, stdout: "" });
    expect(once.stderr).toContain("no unfinished rollout");
  });

  test("before it has changed anything leaves nothing that the next one minds", async () => {
    const fleet = await createFleet(3);
    const killed = fleet.start([...upgrade, "-v", "6"]);
    await killed.said(/POST \S+\/leases/);
    killed.signal("SIGKILL");
    await killed.ended;
    expect(await fleet.versions()).toEqual(each(fleet.names, "v0.10"));
    expect(await fleet.rollout(upgrade)).toMatchObject({ code: 0, counts: { updated: 3 } });
  });
});

describe.concurrent("an upgrade that fails and is to be taken back by itself", () => {
  const broken = ["upgrade", "v0.12-broken", "--canary", "none", "--in-flight", "2"] as const;
  const takenBack = [...broken, "--site-timeout", "2s", "--on-failure", "rollback"] as const;

  test.for([
    ["as it stops", /stopping/, takenBack],
    ["as its rollback begins", /rolling back/, takenBack],
    ["as its rollback begins", /rolling back/, ["resume"]],
    ["in the middle of its rollback", /rolling back[^]*updated {2}/, takenBack],
  ] as const)("and was killed %s, is taken back by the next command", async ([, moment, next]) => {
    const fleet = await createFleet(4);
    const before = await fleet.templates();
    const patches = await countSitePatches(fleet.namespace);
    const killed = fleet.start(takenBack);
    await killed.said(moment);
    killed.signal("SIGKILL");
    await killed.ended;

    const again = await fleet.rollout(next);
    expect(again).toMatchObject({ code: 1, kind: "upgrade", phase: "Failed", counts: { failed: 2 } });
    expect(again.stderr).toContain(`rolling back ${again.id}`);
    expect(await fleet.templates()).toEqual(before);
    expect(await fleet.history()).toMatchObject([
      { phase: "Complete" },
      { id: again.id, phase: "Failed", cause: "failures" },
    ]);
    // There and back.
    const changed = Object.values(await patches.stored());
    expect(changed).toEqual([2, 2]);
    // Nothing is due any more: the same command is a new upgrade.
    const anew = await fleet.rollout([...takenBack, "--dry-run", "client"]);
    expect(anew.id).not.toBe(again.id);
    expect(anew).toMatchObject({ kind: "upgrade", counts: { pending: 4 } });
  });
});

describe.concurrent("Ctrl-C", () => {
  test("pauses, says how to go on or back, and exits with 130", async (context) => {
    const fleet = await createFleet(3);
    const patches = await countSitePatches(fleet.namespace);
    const running = await startAndSoak(fleet, context);
    running.signal("SIGINT");
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    const id = (await fleet.history())[0]?.id ?? "";
    expect(stdout).toMatch(new RegExp(`^upgrade ${id} to v0.11: Paused after .*: interrupted\n`));
    expect(stdout).toContain("3 sites: 1 updated, 2 pending");
    expect(stdout).toContain(`Go on: kubectl subscribie resume ${id} -n ${fleet.namespace}`);
    expect(stdout).toContain(`kubectl subscribie rollback --rollout ${id} -n ${fleet.namespace}`);
    expect(await fleet.history()).toMatchObject([{ id, phase: "Paused", cause: "interrupt" }]);
    expect(Object.keys(await patches.stored())).toHaveLength(1);

    const resumed = await fleet.rollout(["resume", id, "--soak", "0s"]);
    expect(resumed).toMatchObject({ id, code: 0, phase: "Complete", counts: { updated: 3 } });
    await patches.expectOnce(fleet.names);
  });

  test("while sites are in flight does not wait for them, and they are not changed again", async () => {
    const fleet = await createFleet(4);
    const patches = await countSitePatches(fleet.namespace);
    const running = fleet.start(["upgrade", "v0.11", ...atOnce, "--in-flight", "2"]);
    await running.said(/updated {2}/);
    running.signal("SIGINT");
    expect((await running.ended).code).toBe(130);
    const resumed = await fleet.rollout(["resume"]);
    expect(resumed).toMatchObject({ code: 0, phase: "Complete", counts: { updated: 4 } });
    await patches.expectOnce(fleet.names);
  });
});

describe.concurrent("a second operator", () => {
  test("is told who is at work and since when, and changes nothing", async (context) => {
    const fleet = await createFleet(2);
    const began = Date.now();
    await startAndSoak(fleet, context);
    const before = await fleet.versions();
    const second = await fleet.run(["upgrade", "v0.12"], { user: "admin" });
    expect(second).toMatchObject({ code: 1, stdout: "" });
    const [, holder = "", since = ""] =
      /another rollout is under way: (\S+) holds the rollout Lease of namespace \S+ since (\S+);/.exec(
        second.stderr,
      ) ?? [];
    expect(holder).toContain(`@${hostname()}-`);
    expect(Date.parse(since)).toBeGreaterThanOrEqual(began);
    expect(Date.parse(since)).toBeLessThanOrEqual(Date.now());
    expect(await fleet.versions()).toEqual(before);
  });

  test("in another namespace is not held up", async (context) => {
    const [fleet, other] = await Promise.all([createFleet(2), createFleet(1)]);
    await startAndSoak(fleet, context);
    await other.upgrade("v0.11");
    expect(await other.versions()).toEqual(each(other.names, "v0.11"));
  });

  test.for([["-A", "-l"], ["-l"]])(
    "with a record elsewhere, %s, is told of a rollout over the same sites",
    async (selecting, context) => {
      const [fleet, records] = await Promise.all([createFleet(2), createFleet(1)]);
      const mark = `fleet-of=${fleet.namespace}`;
      await fleet.kubectl(["label", "deployment", "--all", mark]);
      await startAndSoak(fleet, context);
      const before = await fleet.versions();
      const flags = [...selecting, mark, "--record-namespace", records.namespace];
      const { code, stderr } = await fleet.run(["upgrade", "v0.12", ...flags], { user: "admin" });
      expect(code).toBe(1);
      expect(stderr).toContain(`holds the rollout Lease of namespace ${fleet.namespace} since`);
      expect(await fleet.versions()).toEqual(before);
      expect(await records.history()).toEqual([]);
    },
  );

  test("who comes later does not keep a failed upgrade from being taken back", async (context) => {
    const [fleet, records] = await Promise.all([createFleet(2), createFleet(1)]);
    const before = await fleet.templates();
    const flags = ["--canary", "none", "--site-timeout", "8s", "--on-failure", "rollback"];
    const first = fleet.start(["upgrade", "v0.12-broken", ...flags, "--record-namespace", records.namespace]);
    context.onTestFinished(() => first.signal("SIGKILL"));
    await first.said(/2 sites to go/);
    const connection = loadConnection({ kubeconfig: inject("controlPlane").kubeconfigs.admin }, {});
    const client = createApiClient({ ...connection, userAgent: "later-operator" });
    const { signal } = context;
    const later = await acquireLease(client, { ...rolloutLease(fleet.namespace), signal });
    const { code, stderr } = await first.ended;
    await later.release();
    client.close();
    expect(code).toBe(1);
    expect(stderr).toContain("rolling back");
    expect(await fleet.templates()).toEqual(before);
    expect(await records.history()).toMatchObject([{ phase: "Complete" }, { phase: "Failed" }]);
  });

  test("takes over from one who was suspended, who stops when they wake and touches nothing more", async (context) => {
    const fleet = await createFleet(4);
    const patches = await countSitePatches(fleet.namespace);
    const suspended = await startAndSoak(fleet, context);
    suspended.signal("SIGSTOP");
    const taker = fleet.start(["upgrade", "v0.11", "--canary", "3", "--soak", "10m"], {
      user: "admin",
    });
    context.onTestFinished(() => taker.signal("SIGKILL"));
    await taker.said(/soaking/);
    const sent = (await patches.sent()).length;

    suspended.signal("SIGCONT");
    const { code, stdout } = await suspended.ended;
    expect(code).toBe(1);
    expect(stdout).toContain("another operator took the Lease over");
    expect(stdout).toContain("See what became of it: kubectl subscribie status");
    // The other's record is not overwritten, and the other goes on.
    expect(await fleet.history()).toMatchObject([{ phase: "Progressing" }]);
    expect(await patches.sent()).toHaveLength(sent);
    taker.signal("SIGINT");
    expect((await taker.ended).code).toBe(130);
    const resumed = await fleet.rollout(["resume", "--soak", "0s"]);
    expect(resumed).toMatchObject({ code: 0, phase: "Complete", counts: { updated: 4 } });
    await patches.expectOnce(fleet.names);
  });

  test("takes over from one who was suspended in the middle of a PATCH, which then changes nothing", async (context) => {
    const fleet = await createFleet(6);
    const patches = await countSitePatches(fleet.namespace);
    const suspended = fleet.start(["upgrade", "v0.11", ...atOnce, "--in-flight", "1"]);
    context.onTestFinished(() => suspended.signal("SIGKILL"));
    await suspended.said(/updated {2}/);
    suspended.signal("SIGSTOP");
    const other = await fleet.rollout(["upgrade", "v0.12", ...atOnce], { user: "admin" });
    expect(other).toMatchObject({ code: 0, phase: "Complete", counts: { updated: 6 } });
    // A PATCH that was on its way when its sender fell asleep is still sent. Its tests fail.
    const stored = await patches.stored();
    suspended.signal("SIGCONT");
    expect((await suspended.ended).code).toBe(1);
    expect(await fleet.versions()).toEqual(each(fleet.names, "v0.12"));
    expect(await patches.stored()).toEqual(stored);
    const [newest, oldest] = await fleet.history();
    expect(newest).toMatchObject({ id: other.id, phase: "Complete" });
    expect(oldest).toMatchObject({ phase: "Aborted", supersededBy: other.id });
  });
});

describe.concurrent("a paused rollout", () => {
  test("blocks nothing: a new one over its sites says that it supersedes it, and the old one is Aborted", async () => {
    const fleet = await createFleet(3);
    const paused = await fleet.rollout([
      "upgrade",
      "v0.12-broken",
      "--canary",
      "1",
      "--soak",
      "0s",
      "--site-timeout",
      "8s",
    ]);
    expect(paused).toMatchObject({ code: 1, phase: "Paused" });
    const next = await fleet.rollout(["upgrade", "v0.13", ...atOnce]);
    expect(next).toMatchObject({ code: 0, phase: "Complete", counts: { updated: 3 } });
    expect(next.stderr).toContain(`rollout ${paused.id} is superseded by this one, and Aborted`);
    expect(await fleet.history()).toMatchObject([
      { id: next.id, phase: "Complete" },
      { id: paused.id, phase: "Aborted", supersededBy: next.id },
    ]);
    const resumed = await fleet.run(["resume", paused.id]);
    expect(resumed).toMatchObject({ code: 1, stdout: "" });
    expect(resumed.stderr).toContain("is Aborted; only a paused or interrupted one can be resumed");
    expect(await fleet.versions()).toEqual(each(fleet.names, "v0.13"));
  });

  test("over other sites is left as it is", async () => {
    const fleet = await createFleet(3);
    const [first = "", ...others] = fleet.names;
    const paused = await fleet.rollout([
      "upgrade",
      "v0.12-broken",
      first,
      "--soak",
      "0s",
      "--site-timeout",
      "8s",
    ]);
    expect(paused).toMatchObject({ code: 1, phase: "Paused" });
    await fleet.upgrade("v0.11", ...others);
    expect(await fleet.history()).toMatchObject([{ phase: "Complete" }, { id: paused.id, phase: "Paused" }]);
  });

  test("can be paused and resumed from another machine, and goes on where it was", async (context) => {
    const fleet = await createFleet(4);
    const running = await startAndSoak(fleet, context);
    const paused = await fleet.run(["pause"], { user: "admin" });
    expect(paused).toMatchObject({ code: 0 });
    const { code, stdout } = await running.ended;
    expect(code).toBe(1);
    expect(stdout).toContain("Paused");
    expect(stdout).toContain("a pause was asked for");
    const resumed = await fleet.rollout(["resume", "--soak", "0s"]);
    expect(resumed).toMatchObject({ code: 0, phase: "Complete", counts: { updated: 4 } });
  });

  test("is ended for good by abort from another machine", async (context) => {
    const fleet = await createFleet(3);
    const running = await startAndSoak(fleet, context);
    expect(await fleet.run(["abort"], { user: "admin" })).toMatchObject({ code: 0 });
    expect((await running.ended).code).toBe(1);
    expect(await fleet.history()).toMatchObject([{ phase: "Aborted", cause: "abort" }]);
    expect((await fleet.run(["resume"])).stderr).toContain("no unfinished rollout");
    expect(await fleet.rollout(["rollback", "--all"])).toMatchObject({ code: 0, counts: { updated: 1 } });
    expect(await fleet.versions()).toEqual(each(fleet.names, "v0.10"));
  });
});
