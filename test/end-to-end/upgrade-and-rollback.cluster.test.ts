import { beforeAll, describe, expect, test } from "vitest";

import { endOfAuditLog, readAuditLog } from "../control-plane/audit-log.ts";
import { controlPlane } from "../control-plane/test-cluster.ts";
import { eventually } from "./eventually.ts";
import { type Fleet, createFleet, each } from "./fleet.ts";

/** In this order: each test goes on where the one before it ended. */
describe("fifty sites", () => {
  let fleet: Fleet;
  let upgradeId: string;
  let templatesBefore: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    fleet = await createFleet(50);
    // So that no two of these are alike.
    const altered = fleet.names.slice(0, 3);
    await Promise.all(
      altered.map(async (name) => await fleet.kubectl(["set", "env", `deployment/${name}`, `SHOP=${name}`])),
    );
    await fleet.settled();
    templatesBefore = await fleet.templates();
  });

  test("are upgraded from v0.10 to v0.11, and -o json says of each what was done", async () => {
    const upgrade = await fleet.rollout(["upgrade", "v0.11", "--canary", "1,5%", "--soak", "0s"]);
    expect(upgrade).toMatchObject({
      code: 0,
      kind: "upgrade",
      phase: "Complete",
      target: "v0.11",
      counts: { total: 50, updated: 50, unchanged: 0, failed: 0, skipped: 0, pending: 0 },
    });
    expect(upgrade.named("updated")).toEqual(fleet.names);
    expect(upgrade.sites[0]).toMatchObject({
      namespace: fleet.namespace,
      from: "ghcr.io/subscribie/subscribie:v0.10",
      to: "ghcr.io/subscribie/subscribie:v0.11",
    });
    expect(await fleet.versions()).toEqual(each(fleet.names, "v0.11"));
    for (const { spec, status } of (await fleet.deployments()).values()) {
      expect(status.availableReplicas).toBe(spec.replicas);
    }
    upgradeId = upgrade.id;
  });

  test("have a change cause in kubectl rollout history that names version and rollout", async () => {
    const { stdout } = await fleet.kubectl(["rollout", "history", `deployment/${fleet.names[7]}`]);
    expect(stdout).toContain(`v0.11 (rollout ${upgradeId})`);
  });

  test("cost no request each, and are not changed, when they run the version already", async () => {
    const before = await fleet.templates();
    const from = await endOfAuditLog(controlPlane.auditLog ?? "");
    const again = await fleet.rollout(["upgrade", "v0.11"]);
    expect(again).toMatchObject({ code: 0, phase: "Complete", counts: { unchanged: 50, updated: 0 } });
    expect(await fleet.templates()).toEqual(before);
    const requests = await readAuditLog(controlPlane.auditLog ?? "", {
      userAgent: "kubectl-subscribie/",
      from,
    });
    const own = requests.filter(({ objectRef }) => objectRef.namespace === fleet.namespace);
    expect(
      own.filter(({ objectRef, verb }) => objectRef.resource === "deployments" && verb !== "list"),
    ).toEqual([]);
  });

  test("all return by rollback --all, template for template", async () => {
    const rollback = await fleet.rollout(["rollback", "--all"]);
    expect(rollback).toMatchObject({
      code: 0,
      kind: "rollback",
      phase: "Complete",
      target: upgradeId,
      counts: { total: 50, updated: 50, unchanged: 0, failed: 0, skipped: 0, pending: 0 },
    });
    expect(await fleet.templates()).toEqual(templatesBefore);
    await fleet.settled();
  });

  test("are not changed by a second rollback", async () => {
    expect(await secondRollbackChanges()).toBe(0);
  });

  test("stay available when an image is broken: the upgrade stops at the canary and names the image", async () => {
    const flags = ["--soak", "0s", "--site-timeout", "8s"];
    const broken = await fleet.rollout(["upgrade", "v0.12-broken", ...flags]);
    expect(broken).toMatchObject({
      code: 1,
      phase: "Paused",
      counts: { total: 50, updated: 0, failed: 1, pending: 49 },
    });
    const [canary = ""] = broken.named("failed");
    expect(broken.reasonOf(canary)).toContain("ImagePullBackOff");
    expect(broken.reasonOf(canary)).toContain("ghcr.io/subscribie/subscribie:v0.12-broken");
    expect(await fleet.versions()).toEqual({ ...each(fleet.names, "v0.10"), [canary]: "v0.12-broken" });
    for (const { spec, status } of (await fleet.deployments()).values()) {
      expect(status.availableReplicas).toBeGreaterThanOrEqual(spec.replicas);
    }
    const { stdout } = await fleet.kubectl(["get", "events", "-o", "json"]);
    expect(stdout).toContain("RolloutFailed");
  });

  test("return from the broken image, which only the canary had, and twice changes nothing", async () => {
    const rollback = await fleet.rollout(["rollback", "--all"]);
    expect(rollback).toMatchObject({ code: 0, phase: "Complete", counts: { updated: 1, unchanged: 49 } });
    expect(await fleet.templates()).toEqual(templatesBefore);
    await fleet.settled();
    expect(await secondRollbackChanges()).toBe(0);
  });

  /** @returns how many Deployments another rollback writes to. */
  async function secondRollbackChanges(): Promise<number> {
    const before = await fleet.deployments();
    const again = await fleet.rollout(["rollback", "--all"]);
    expect(again).toMatchObject({ code: 0, phase: "Complete", counts: { updated: 0, unchanged: 50 } });
    const after = [...(await fleet.deployments()).values()];
    return after.filter(
      ({ metadata }) => metadata.resourceVersion !== before.get(metadata.name)?.metadata.resourceVersion,
    ).length;
  }
});

describe("a healthy rollout of 100 sites", () => {
  test("makes at most 140 requests besides list pages and Lease renewals", async () => {
    const fleet = await createFleet(100);
    const from = await endOfAuditLog(controlPlane.auditLog ?? "");
    // No other test has rollouts by this user: not every request names a namespace to tell it by.
    const upgrade = await fleet.rollout(["upgrade", "v0.11", "--soak", "0s"], { user: "second-operator" });
    expect(upgrade).toMatchObject({ code: 0, counts: { updated: 100 } });
    // One of them is the dry run before the first site.
    await eventually(
      async () => (await requestsOf("second-operator", from)).filter(isPatchOfSite).length,
      101,
    );
    const requests = await requestsOf("second-operator", from);
    const counted = requests.filter(
      ({ verb, objectRef }) => verb !== "list" && !(objectRef.resource === "leases" && verb === "update"),
    );
    expect(counted.length).toBeLessThanOrEqual(140);
  });
});

async function requestsOf(user: string, from: number) {
  const all = await readAuditLog(controlPlane.auditLog ?? "", { userAgent: "kubectl-subscribie/", from });
  return all.filter((request) => request.user.username === user);
}

function isPatchOfSite({ verb, objectRef }: { verb: string; objectRef: { resource: string } }): boolean {
  return verb === "patch" && objectRef.resource === "deployments";
}
