import { describe, expect, test } from "vitest";

import { eventually } from "./eventually.ts";
import { defaultByAdmission, defaultGracePeriod } from "./admission.ts";
import { createFleet, each, type Fleet } from "./fleet.ts";

const rollBackAll = ["rollback", "--all"] as const;

async function setEnv(fleet: Fleet, name: string, value: string): Promise<void> {
  const { code, stderr } = await fleet.kubectl(["set", "env", `deployment/${name}`, `TEST_VALUE=${value}`]);
  if (code !== 0) throw new Error(stderr);
  await fleet.settled([name]);
}

/** The shell loop that rollouts take the place of: it leaves no record. */
async function setImages(fleet: Fleet, tag: string): Promise<void> {
  const image = `subscribie=ghcr.io/subscribie/subscribie:${tag}`;
  const { code, stderr } = await fleet.kubectl([
    "set",
    "image",
    "deployment",
    "-l",
    "subscribie=site",
    image,
  ]);
  if (code !== 0) throw new Error(stderr);
  await fleet.settled();
}

describe.concurrent("rollback --all", () => {
  test("takes the last of two upgrades back, and does not go further the second time", async () => {
    const fleet = await createFleet(2);
    await fleet.upgrade("v0.11");
    const before = await fleet.templates();
    const second = await fleet.upgrade("v0.12");
    const rollback = await fleet.rollout(rollBackAll);
    expect(rollback).toMatchObject({ code: 0, target: second, counts: { updated: 2 } });
    expect(await fleet.templates()).toEqual(before);
    const again = await fleet.rollout(rollBackAll);
    expect(again).toMatchObject({ code: 0, counts: { updated: 0, unchanged: 2 } });
    expect(await fleet.templates()).toEqual(before);
  });

  test("leaves a site alone that somebody changed by hand since, and says so", async () => {
    const fleet = await createFleet(2);
    const [changed = "", other = ""] = fleet.names;
    const before = await fleet.templates();
    await fleet.upgrade("v0.11");
    await setEnv(fleet, changed, "by hand");
    const byHand = (await fleet.templates())[changed];

    const rollback = await fleet.rollout(rollBackAll);
    expect(rollback).toMatchObject({ phase: "Complete", counts: { updated: 1, skipped: 1 } });
    expect(rollback.reasonOf(changed)).toBe("somebody changed its template since");
    expect(await fleet.templates()).toEqual({ [changed]: byHand, [other]: before[other] });

    const forced = await fleet.rollout([...rollBackAll, "--include-changed"]);
    expect(forced).toMatchObject({ code: 0, counts: { updated: 1, unchanged: 1 } });
    expect(await fleet.templates()).toEqual(before);
  });

  test("puts back env and resources as they were at the upgrade, not as in the revision of the version", async () => {
    const fleet = await createFleet(1);
    const [name = ""] = fleet.names;
    await setEnv(fleet, name, "of the customer");
    await fleet.kubectl(["set", "resources", `deployment/${name}`, "--limits=memory=300Mi"]);
    await fleet.settled();
    const before = await fleet.templates();
    await fleet.upgrade("v0.11");
    expect(await fleet.rollout(rollBackAll)).toMatchObject({ code: 0, counts: { updated: 1 } });
    expect(await fleet.templates()).toEqual(before);
    expect(JSON.stringify(before)).toContain("of the customer");
  });

  test("returns the recorded image where the ReplicaSet is gone, and says so", async () => {
    const fleet = await createFleet(1, { revisionHistoryLimit: 0 });
    const [name = ""] = fleet.names;
    const before = await fleet.templates();
    await fleet.upgrade("v0.11");
    await eventually(async () => (await fleet.objects("apis/apps/v1", "replicasets")).length, 1);
    const rollback = await fleet.rollout(rollBackAll);
    expect(rollback).toMatchObject({ code: 0, counts: { updated: 1 } });
    expect(rollback.reasonOf(name)).toMatch(/only its image returns: ReplicaSet \S+ is gone/);
    expect(await fleet.templates()).toEqual(before);
    expect(await fleet.rollout(rollBackAll)).toMatchObject({ code: 0, counts: { updated: 0, unchanged: 1 } });
  });

  test("leaves sites alone that were created after the upgrade, and does not miss deleted ones", async () => {
    const fleet = await createFleet(3);
    const before = await fleet.templates();
    await fleet.upgrade("v0.11");
    const [created = ""] = await fleet.add(1, {
      prefix: "new",
      image: "ghcr.io/subscribie/subscribie:v0.11",
    });
    const [deleted = "", ...kept] = fleet.names;
    await fleet.kubectl(["delete", "deployment", deleted]);

    const rollback = await fleet.rollout(rollBackAll);
    expect(rollback).toMatchObject({ code: 0, counts: { total: 3, updated: 2, unchanged: 1 } });
    expect(rollback.named("updated")).toEqual(kept);
    expect(rollback.reasonOf(created)).toContain("did not change it");
    const { [deleted]: _gone, ...expected } = before;
    const { [created]: template, ...others } = await fleet.templates();
    expect(others).toEqual(expected);
    expect(JSON.stringify(template)).toContain("v0.11");
  });

  test("of a half-finished upgrade returns what it changed, and nothing else", async () => {
    const fleet = await createFleet(4);
    await fleet.upgrade("v0.11");
    const before = await fleet.templates();
    const half = await fleet.rollout([
      "upgrade",
      "v0.12-broken",
      "--canary",
      "2",
      "--soak",
      "0s",
      "--site-timeout",
      "8s",
    ]);
    expect(half).toMatchObject({ code: 1, phase: "Paused", counts: { failed: 2, pending: 2 } });
    const rollback = await fleet.rollout(rollBackAll);
    expect(rollback).toMatchObject({ code: 0, target: half.id, counts: { updated: 2, unchanged: 2 } });
    expect(rollback.named("updated")).toEqual(half.named("failed"));
    expect(await fleet.templates()).toEqual(before);
    // And what was paused is over: it is not resumed by accident.
    expect(await fleet.history()).toMatchObject([
      { id: rollback.id, phase: "Complete" },
      { id: half.id, phase: "Aborted", supersededBy: rollback.id },
      { phase: "Complete" },
    ]);
  });

  test("that was killed goes on when it is run again", async () => {
    const fleet = await createFleet(4);
    const before = await fleet.templates();
    await fleet.upgrade("v0.11");
    const killed = fleet.start([...rollBackAll, "--in-flight", "1"]);
    await killed.said(/updated {2}\S+/);
    killed.signal("SIGKILL");
    await killed.ended;
    const again = await fleet.rollout(rollBackAll);
    expect(again).toMatchObject({ code: 0, phase: "Complete", counts: { updated: 4, failed: 0 } });
    expect(again.stderr).toContain(`resuming rollout ${again.id}`);
    expect(await fleet.templates()).toEqual(before);
    expect(await fleet.rollout(rollBackAll)).toMatchObject({ counts: { updated: 0, unchanged: 4 } });
  });

  test("after another rollback and upgrade takes back that upgrade", async () => {
    const fleet = await createFleet(2);
    const before = await fleet.templates();
    await fleet.upgrade("v0.11");
    await fleet.rollout(rollBackAll);
    const second = await fleet.upgrade("v0.12");
    const rollback = await fleet.rollout(rollBackAll);
    expect(rollback).toMatchObject({ code: 0, target: second, counts: { updated: 2 } });
    expect(await fleet.templates()).toEqual(before);
  });

  test("changes the template of a suspended site, and starts nothing there", async () => {
    const fleet = await createFleet(1, { replicas: 0 });
    const before = await fleet.templates();
    await fleet.upgrade("v0.11");
    expect(await fleet.versions()).toEqual(each(fleet.names, "v0.11"));
    const rollback = await fleet.rollout(rollBackAll);
    expect(rollback).toMatchObject({ code: 0, counts: { updated: 1 } });
    expect(await fleet.templates()).toEqual(before);
    expect(await fleet.objects("api/v1", "pods")).toEqual([]);
    expect((await fleet.deployments()).get(fleet.names[0] ?? "")?.spec.replicas).toBe(0);
  });

  test("takes an interrupted upgrade back that never got beyond its first PATCH", async () => {
    const fleet = await createFleet(3);
    const before = await fleet.templates();
    const upgrade = fleet.start(["upgrade", "v0.11", "--canary", "1", "--soak", "1m"]);
    await upgrade.said(/soaking/);
    upgrade.signal("SIGKILL");
    await upgrade.ended;
    const rollback = await fleet.rollout(rollBackAll);
    expect(rollback).toMatchObject({ code: 0, counts: { updated: 1, unchanged: 2 } });
    expect(await fleet.templates()).toEqual(before);
  });
});

describe.concurrent("a rollback", () => {
  test("of an earlier rollout works once the later one was rolled back", async () => {
    const fleet = await createFleet(2);
    const before = await fleet.templates();
    const first = await fleet.upgrade("v0.11");
    await fleet.upgrade("v0.12");
    // Before, it is not what the sites run.
    const tooEarly = await fleet.rollout(["rollback", "--rollout", first]);
    expect(tooEarly).toMatchObject({ code: 0, counts: { updated: 0, unchanged: 2 } });

    await fleet.rollout(rollBackAll);
    const rollback = await fleet.rollout(["rollback", "--rollout", first]);
    expect(rollback).toMatchObject({ code: 0, target: first, counts: { updated: 2 } });
    expect(await fleet.templates()).toEqual(before);
    const again = await fleet.rollout(["rollback", "--rollout", first]);
    expect(again).toMatchObject({ code: 0, counts: { updated: 0, unchanged: 2 } });
  });

  test("does not take a hand-made ReplicaSet, which inherits the rollout's annotations, for the rollout's own", async () => {
    const fleet = await createFleet(1);
    const [name = ""] = fleet.names;
    const first = await fleet.upgrade("v0.11");
    await setEnv(fleet, name, "by hand");
    const byHand = await fleet.templates();
    await fleet.upgrade("v0.12");

    // It returns to what was edited by hand …
    expect(await fleet.rollout(rollBackAll)).toMatchObject({ code: 0, counts: { updated: 1 } });
    expect(await fleet.templates()).toEqual(byHand);
    // … and what was edited by hand is still none of the first upgrade's.
    const further = await fleet.rollout(["rollback", "--rollout", first]);
    expect(further).toMatchObject({ counts: { updated: 0, skipped: 1 } });
    expect(further.reasonOf(name)).toBe("somebody changed its template since");
    expect(await fleet.templates()).toEqual(byHand);
  });

  test("of sites that a shell loop upgraded says that nothing is recorded, and offers the revision before", async () => {
    const fleet = await createFleet(2);
    const before = await fleet.templates();
    await setImages(fleet, "v0.11");
    const { code, stdout, stderr } = await fleet.run(rollBackAll);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("no upgrade is recorded on these sites");
    expect(stderr).toContain("--previous-revision");
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(await fleet.versions()).toEqual(each(fleet.names, "v0.11"));

    const rollback = await fleet.rollout([...rollBackAll, "--previous-revision"]);
    expect(rollback).toMatchObject({ code: 0, counts: { updated: 2 } });
    expect(await fleet.templates()).toEqual(before);
  });

  test("to a revision returns one site to it and leaves the others alone", async () => {
    const fleet = await createFleet(2);
    const [name = "", other = ""] = fleet.names;
    const before = await fleet.templates();
    await fleet.upgrade("v0.11");
    await fleet.upgrade("v0.12");
    const rollback = await fleet.rollout(["rollback", name, "--to-revision", "1"]);
    expect(rollback).toMatchObject({ code: 0, target: "revision 1", counts: { total: 1, updated: 1 } });
    expect((await fleet.templates())[name]).toEqual(before[name]);
    expect(await fleet.versions()).toEqual({ [name]: "v0.10", [other]: "v0.12" });
  });

  test("to a revision that a site does not have says which there are, and changes nothing", async () => {
    const fleet = await createFleet(1);
    const [name = ""] = fleet.names;
    await fleet.upgrade("v0.11");
    const rollback = await fleet.rollout(["rollback", name, "--to-revision", "7"]);
    expect(rollback).toMatchObject({ code: 1, counts: { failed: 1 } });
    expect(rollback.reasonOf(name)).toBe("it has no revision 7; it has 1, 2");
    expect(await fleet.versions()).toEqual({ [name]: "v0.11" });
  });

  test("of one site leaves the others where they are, and a later one of all takes those", async () => {
    const fleet = await createFleet(3);
    const before = await fleet.templates();
    await fleet.upgrade("v0.11");
    const [name = "", ...others] = fleet.names;
    expect(await fleet.rollout(["rollback", name])).toMatchObject({ code: 0, counts: { updated: 1 } });
    expect(await fleet.versions()).toEqual({ [name]: "v0.10", ...each(others, "v0.11") });
    const rest = await fleet.rollout(rollBackAll);
    expect(rest).toMatchObject({ code: 0, counts: { updated: 2, unchanged: 1 } });
    expect(await fleet.templates()).toEqual(before);
  });

  test("whose template gets defaults from admission on the way back counts as returned", async (context) => {
    const fleet = await createFleet(2);
    const before = await fleet.templates();
    await defaultByAdmission({ namespace: fleet.namespace, site: fleet.names[0] ?? "" }, context);
    await fleet.upgrade("v0.11");
    const rollback = await fleet.rollout(rollBackAll);
    expect(rollback).toMatchObject({ code: 0, phase: "Complete", counts: { updated: 2 } });
    const after = await fleet.templates();
    for (const name of fleet.names) {
      expect(after[name]).toEqual(withDefault(before[name]));
    }
    const again = await fleet.rollout(rollBackAll);
    expect(again).toMatchObject({ code: 0, counts: { updated: 0, unchanged: 2, skipped: 0 } });
    // A hand-made change would be skipped; what admission added is none.
    await fleet.upgrade("v0.12");
    expect(await fleet.rollout(rollBackAll)).toMatchObject({ code: 0, counts: { updated: 2, skipped: 0 } });
    expect(await fleet.templates()).toEqual(after);
  });
});

function withDefault(template: unknown): unknown {
  const copy: { spec: object } = JSON.parse(JSON.stringify(template));
  return { ...copy, spec: { ...copy.spec, terminationGracePeriodSeconds: defaultGracePeriod } };
}
