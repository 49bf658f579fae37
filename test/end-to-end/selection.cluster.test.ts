import { describe, expect, test } from "vitest";

import { liftPolicy, refuseByPolicy } from "./admission.ts";
import { atOnce, createFleet, each, type Fleet } from "./fleet.ts";

async function label(fleet: Fleet, text: string, ...names: readonly string[]): Promise<void> {
  const { code, stderr } = await fleet.kubectl(["label", "deployment", ...names, text]);
  if (code !== 0) throw new Error(stderr);
}

describe.concurrent("a rollout changes", () => {
  test("the sites that names, labels, exclusions and versions select, and no others", async () => {
    const fleet = await createFleet(4);
    const [first = "", second = "", third = "", fourth = ""] = fleet.names;
    await label(fleet, "tier=gold", first, second);

    await fleet.upgrade("v0.11", "-l", "tier=gold");
    expect(await fleet.versions()).toEqual({
      ...each([first, second], "v0.11"),
      ...each([third, fourth], "v0.10"),
    });
    await fleet.upgrade("v0.12", "--exclude", first, "--exclude", third);
    expect(await fleet.versions()).toEqual({
      [first]: "v0.11",
      [third]: "v0.10",
      ...each([second, fourth], "v0.12"),
    });
    await fleet.upgrade("v0.13", "--from-version", "v0.12");
    expect(await fleet.versions()).toEqual({
      [first]: "v0.11",
      [third]: "v0.10",
      ...each([second, fourth], "v0.13"),
    });
    await fleet.upgrade("v0.14", third, `deployment/${fourth}`);
    expect(await fleet.versions()).toEqual({
      [first]: "v0.11",
      [second]: "v0.13",
      ...each([third, fourth], "v0.14"),
    });
    const rollback = await fleet.rollout(["rollback", "--all"]);
    expect(rollback.named("updated")).toEqual([third, fourth]);
    expect(await fleet.versions()).toEqual({
      [first]: "v0.11",
      [second]: "v0.13",
      [third]: "v0.10",
      [fourth]: "v0.13",
    });
  });

  test("no held and no paused site, and says why; one that is already there is unchanged", async () => {
    const fleet = await createFleet(4);
    const [held = "", paused = "", done = "", other = ""] = fleet.names;
    await label(fleet, "subscribie.co.uk/held=true", held);
    await fleet.kubectl(["rollout", "pause", `deployment/${paused}`]);
    await fleet.upgrade("v0.11", done);
    const upgrade = await fleet.rollout(["upgrade", "v0.11", ...atOnce]);
    expect(upgrade).toMatchObject({
      code: 0,
      phase: "Complete",
      counts: { total: 4, updated: 1, unchanged: 1, skipped: 2, failed: 0 },
    });
    expect(upgrade.reasonOf(held)).toContain("it is held");
    expect(upgrade.reasonOf(held)).toContain("hold --release");
    expect(upgrade.reasonOf(paused)).toContain("its Deployment is paused");
    expect(await fleet.versions()).toEqual({
      ...each([held, paused], "v0.10"),
      ...each([done, other], "v0.11"),
    });

    expect(await fleet.run(["hold", "--release", held])).toMatchObject({ code: 0 });
    await fleet.kubectl(["rollout", "resume", `deployment/${paused}`]);
    await fleet.settled();
    await fleet.upgrade("v0.11");
    expect(await fleet.versions()).toEqual(each(fleet.names, "v0.11"));
  });

  test("only the sites that failed before, when asked", async (context) => {
    const fleet = await createFleet(3);
    const plan = await fleet.rollout(["upgrade", "v0.11", "--dry-run=client"]);
    const [, refused = ""] = plan.sites.map(({ name }) => name);
    await refuseByPolicy({ namespace: fleet.namespace, site: refused, message: "not now" }, context);
    const upgrade = await fleet.rollout(["upgrade", "v0.11", ...atOnce, "--max-failures", "1"]);
    expect(upgrade.named("failed")).toEqual([refused]);
    await liftPolicy(fleet.namespace, refused);
    const again = await fleet.rollout(["upgrade", "v0.11", ...atOnce, "--only-failed"]);
    expect(again).toMatchObject({ code: 0, phase: "Complete", counts: { total: 1, updated: 1 } });
    expect(again.named("updated")).toEqual([refused]);
  });

  test("sites of all namespaces with -A, and keeps its record in one", async () => {
    const [fleet, other] = await Promise.all([createFleet(2), createFleet(2)]);
    const mark = `fleet-of=${fleet.namespace}`;
    await label(fleet, mark, ...fleet.names);
    await label(other, mark, ...other.names);
    const everywhere = ["-A", "-l", mark, "--record-namespace", fleet.namespace] as const;
    // -n is given too, by the test's helper: as with kubectl, -A wins.
    const upgrade = await fleet.rollout(["upgrade", "v0.11", ...everywhere, ...atOnce]);
    expect(upgrade).toMatchObject({ code: 0, phase: "Complete", counts: { total: 4, updated: 4 } });
    expect([...new Set(upgrade.sites.map(({ namespace }) => namespace))].toSorted()).toEqual(
      [fleet.namespace, other.namespace].toSorted(),
    );
    expect(await other.versions()).toEqual(each(other.names, "v0.11"));
    expect(await fleet.history()).toMatchObject([{ id: upgrade.id, phase: "Complete" }]);
    expect(await other.history()).toEqual([]);
    const leases = await other.objects("apis/coordination.k8s.io/v1", "leases");
    expect(leases).toEqual([]);

    const rollback = await fleet.rollout(["rollback", "--all", ...everywhere]);
    expect(rollback).toMatchObject({ code: 0, counts: { updated: 4 } });
    expect(await other.versions()).toEqual(each(other.names, "v0.10"));
  });
});
