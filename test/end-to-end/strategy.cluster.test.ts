import { describe, expect, test } from "vitest";
import { z } from "zod";

import { eventually } from "./eventually.ts";
import { atOnce, createFleet, each, type Fleet } from "./fleet.ts";
import { watchWhile } from "./site-availability.ts";

const escape = "\u001B";

async function podUids(fleet: Fleet): Promise<string[]> {
  const pod = z.object({ metadata: z.object({ uid: z.string() }) });
  return (await fleet.objects("api/v1", "pods")).map((raw) => pod.parse(raw).metadata.uid);
}

describe.concurrent("an upgrade", () => {
  test("never has more sites unfinished than --in-flight, and every site stays available", async () => {
    const fleet = await createFleet(10);
    const seen = await watchWhile(fleet.namespace, "v0.11", async () => {
      await fleet.upgrade("v0.11", "--in-flight", "3");
    });
    expect(Math.max(...seen.unfinished)).toBe(3);
    expect(seen.fewestAvailable).toBe(1);
    expect(await fleet.versions()).toEqual(each(fleet.names, "v0.11"));
  });

  test("starts no wave before the wave before it is healthy", async () => {
    const fleet = await createFleet(6);
    const seen = await watchWhile(fleet.namespace, "v0.11", async () => {
      const flags = ["--canary", "1,2", "--soak", "0s"];
      expect(await fleet.rollout(["upgrade", "v0.11", ...flags])).toMatchObject({ code: 0 });
    });
    // The first alone, then two after it, then the rest after those three.
    expect(seen.finishedBefore[0]).toBe(0);
    expect(Math.min(...seen.finishedBefore.slice(1, 3))).toBe(1);
    expect(Math.min(...seen.finishedBefore.slice(3))).toBe(3);
    expect(seen.finishedBefore).toHaveLength(6);
  });

  test("is taken back by itself with --on-failure rollback, and has failed all the same", async () => {
    const fleet = await createFleet(4);
    const before = await fleet.templates();
    const flags = ["--canary", "none", "--in-flight", "2", "--site-timeout", "8s"];
    const upgrade = await fleet.rollout(["upgrade", "v0.12-broken", ...flags, "--on-failure", "rollback"]);
    expect(upgrade).toMatchObject({ code: 1, kind: "upgrade", phase: "Failed", counts: { failed: 2 } });
    expect(await fleet.templates()).toEqual(before);
    expect(await fleet.history()).toMatchObject([
      { phase: "Complete" },
      { id: upgrade.id, phase: "Failed", cause: "failures" },
    ]);
    const again = await fleet.rollout(["rollback", "--all"]);
    expect(again).toMatchObject({ code: 0, counts: { updated: 0, unchanged: 4 } });
  });

  test("that takes longer than --timeout ends with 124, and can be resumed", async () => {
    const fleet = await createFleet(3);
    const flags = ["--canary", "1", "--soak", "10m", "--timeout", "2s"];
    const upgrade = await fleet.rollout(["upgrade", "v0.11", ...flags]);
    expect(upgrade).toMatchObject({ code: 124, phase: "Paused" });
    expect(await fleet.history()).toMatchObject([{ id: upgrade.id, phase: "Paused", cause: "timeout" }]);
    const resumed = await fleet.rollout(["resume", "--soak", "0s", "--timeout", "0s"]);
    expect(resumed).toMatchObject({ id: upgrade.id, code: 0, phase: "Complete", counts: { updated: 3 } });
  });

  test.for([
    ["v0.12-crash", /CrashLoopBackOff: container subscribie \S*.*last exit code 1\b/],
    ["v0.12-oom", /CrashLoopBackOff: .*OOMKilled.*last exit code 137/],
  ] as const)("to %s fails with the pod's own reason", async ([version, reason]) => {
    const fleet = await createFleet(2);
    const upgrade = await fleet.rollout(["upgrade", version, "--soak", "0s", "--site-timeout", "8s"]);
    expect(upgrade).toMatchObject({ code: 1, phase: "Paused", counts: { failed: 1, pending: 1 } });
    expect(upgrade.reasonOf(upgrade.named("failed")[0] ?? "")).toMatch(reason);
  });
});

describe.concurrent("a plan", () => {
  test.for(["client", "server"])(
    "is shown by --dry-run=%s, which changes and leaves nothing",
    async (mode) => {
      const fleet = await createFleet(3);
      const before = await fleet.deployments();
      const { code, stdout, stderr } = await fleet.run(["upgrade", "v0.11", `--dry-run=${mode}`, "--diff"]);
      expect({ code, lines: stdout.split("\n")[0] }).toEqual({
        code: 0,
        lines: `upgrade to v0.11 would change 3 of 3 sites (${mode} dry run)`,
      });
      for (const name of fleet.names)
        expect(stdout).toMatch(new RegExp(`${name}\\s+change\\s+v0.10\\s+v0.11`));
      expect(stderr).toContain("ghcr.io/subscribie/subscribie:v0.10");
      expect(stderr).toContain("ghcr.io/subscribie/subscribie:v0.11");
      expect(await fleet.deployments()).toEqual(before);
      expect(await fleet.history()).toEqual([]);
      expect(await fleet.objects("apis/coordination.k8s.io/v1", "leases")).toEqual([]);
    },
  );

  test("is kept to when it is shown by --diff first", async () => {
    const fleet = await createFleet(1);
    const upgrade = await fleet.rollout(["upgrade", "v0.11", ...atOnce, "--diff"]);
    expect(upgrade).toMatchObject({ code: 0, counts: { updated: 1 } });
    expect(upgrade.stderr).toContain("ghcr.io/subscribie/subscribie:v0.11");
  });
});

describe.concurrent("a restart", () => {
  test("replaces every pod, is recorded, and is taken back as it was", async () => {
    const fleet = await createFleet(3);
    const before = await fleet.templates();
    const pods = await podUids(fleet);
    const restart = await fleet.rollout(["restart", ...atOnce]);
    expect(restart).toMatchObject({ code: 0, kind: "restart", phase: "Complete", counts: { updated: 3 } });
    expect(await fleet.versions()).toEqual(each(fleet.names, "v0.10"));
    // The old pods go once the new ones are available.
    await eventually(async () => (await podUids(fleet)).filter((uid) => pods.includes(uid)), []);
    expect(await fleet.history()).toMatchObject([{ id: restart.id, phase: "Complete" }]);
    const { stdout } = await fleet.kubectl(["rollout", "history", `deployment/${fleet.names[0]}`]);
    expect(stdout).toContain(`(rollout ${restart.id})`);

    const rollback = await fleet.rollout(["rollback", "--all"]);
    expect(rollback).toMatchObject({ code: 0, target: restart.id, counts: { updated: 3 } });
    expect(await fleet.templates()).toEqual(before);
  });
});

describe.concurrent("output", () => {
  test("without a terminal is plain lines, with --events a JSON line an event, and never both on stdout", async () => {
    const fleet = await createFleet(3);
    const flags = ["--canary", "1", "--soak", "0s"];
    const plain = await fleet.run(["upgrade", "v0.11", ...flags]);
    expect(plain.code).toBe(0);
    expect(plain.stdout + plain.stderr).not.toContain(escape);
    expect(plain.stderr).toMatch(/^\d\d:\d\d:\d\d canary wave 1 of 1: 1 site$/m);
    expect(plain.stderr).toMatch(/^\d\d:\d\d:\d\d updated {2}\S+\/site-0000\d after [\d.]+s$/m);
    expect(plain.stdout).toMatch(/^upgrade u-\S+ to v0\.11: Complete after .+\n3 sites: 3 updated\n$/);

    const events = await fleet.run(["upgrade", "v0.12", ...flags, "--events", "-q"]);
    expect(events.code).toBe(0);
    const lines = events.stdout.trimEnd().split("\n");
    const types = lines
      .filter((line) => line.startsWith("{"))
      .map((line) =>
        z.object({ type: z.string(), time: z.string(), rollout: z.string() }).parse(JSON.parse(line)),
      )
      .map(({ type }) => type);
    expect(types.filter((type) => type === "siteUpdated")).toHaveLength(3);
    expect(types[0]).toBe("waveStarted");
    expect(types).toContain("windowOpened");
    expect(types.at(-1)).toBe("finished");
    expect(lines.filter((line) => !line.startsWith("{"))).toEqual([]);
  });

  test("with -o is the result in that form and nothing else, and -q is quiet", async () => {
    const fleet = await createFleet(2);
    const [first = "", second = ""] = fleet.names;
    const named = await fleet.run(["upgrade", "v0.11", ...atOnce, "-o", "name", "-q"]);
    expect({ ...named, stdout: named.stdout.trimEnd().split("\n").toSorted() }).toEqual({
      code: 0,
      stdout: [`deployment.apps/${first}`, `deployment.apps/${second}`],
      stderr: "",
    });
    const yaml = await fleet.run(["upgrade", "v0.12", ...atOnce, "-o", "yaml"]);
    expect(yaml.stdout).toMatch(/^id: u-/);
    expect(yaml.stdout).toContain("phase: Complete");
    const wide = await fleet.run(["upgrade", "v0.13", ...atOnce, "-o", "wide"]);
    expect(wide.stdout).toMatch(new RegExp(`${first}\\s+updated\\s+v0.12\\s+v0.13`));
  });

  test("of status is the result of the rollout that it names, from any machine", async () => {
    const fleet = await createFleet(2);
    const upgrade = await fleet.rollout(["upgrade", "v0.11", ...atOnce]);
    const status = await fleet.rollout(["status", upgrade.id], { user: "admin" });
    const { id, kind, phase, target, counts, sites } = upgrade;
    expect(status).toMatchObject({ id, kind, phase, target, counts, sites, code: 0 });
  });
});
