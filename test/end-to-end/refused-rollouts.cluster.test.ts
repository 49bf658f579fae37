import { randomBytes } from "node:crypto";

import { beforeAll, describe, expect, test } from "vitest";

import { createTestNamespace } from "../control-plane/test-cluster.ts";
import { eventually } from "./eventually.ts";
import { refuseByPolicy, registerDeadWebhook } from "./admission.ts";
import { atOnce, createFleet, each, type Fleet } from "./fleet.ts";
import { subscribie } from "./plugin.ts";

/** The names of a fleet's sites in the order in which an upgrade starts them. */
async function plannedOrder(fleet: Fleet): Promise<string[]> {
  const plan = await fleet.rollout(["upgrade", "v0.11", "--dry-run=client"]);
  return plan.sites.map(({ name }) => name);
}

/** Runs it and expects one line of error, exit code 1, and nothing changed, recorded or left behind. */
async function expectRefusal(fleet: Fleet, argumentList: readonly string[], user?: "stranger") {
  const before = await fleet.templates();
  const { code, stdout, stderr } = await fleet.run(argumentList, user === undefined ? {} : { user });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  const lines = stderr.trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  expect(await fleet.templates()).toEqual(before);
  expect(await fleet.history()).toEqual([]);
  return lines[0] ?? "";
}

describe.concurrent("a policy that refuses", () => {
  test("one site fails that site for the policy's reason, and stops the upgrade there", async (context) => {
    const fleet = await createFleet(3);
    const [first = "", refused = "", last = ""] = await plannedOrder(fleet);
    const message = "this shop is frozen for its sale";
    await refuseByPolicy({ namespace: fleet.namespace, site: refused, message }, context);
    const upgrade = await fleet.rollout(["upgrade", "v0.11", ...atOnce, "--in-flight", "1"]);
    expect(upgrade).toMatchObject({
      code: 1,
      phase: "Paused",
      counts: { updated: 1, failed: 1, pending: 1 },
    });
    expect(upgrade.named("failed")).toEqual([refused]);
    expect(upgrade.reasonOf(refused)).toContain(message);
    expect(await fleet.versions()).toEqual({ [first]: "v0.11", [refused]: "v0.10", [last]: "v0.10" });
  });

  test("one site is tolerated by --max-failures, and the exit code still tells", async (context) => {
    const fleet = await createFleet(3);
    const [first = "", refused = "", last = ""] = await plannedOrder(fleet);
    await refuseByPolicy({ namespace: fleet.namespace, site: refused, message: "not this one" }, context);
    const upgrade = await fleet.rollout(["upgrade", "v0.11", ...atOnce, "--max-failures", "1"]);
    expect(upgrade).toMatchObject({
      code: 1,
      phase: "Complete",
      counts: { updated: 2, failed: 1, pending: 0 },
    });
    expect(await fleet.versions()).toEqual({ [first]: "v0.11", [refused]: "v0.10", [last]: "v0.11" });
  });

  test("every site is known before the first", async (context) => {
    const fleet = await createFleet(2);
    const [site = ""] = fleet.names;
    const message = "no upgrades on Fridays";
    await refuseByPolicy({ namespace: fleet.namespace, site, all: true, message }, context);
    const line = await expectRefusal(fleet, ["upgrade", "v0.11"]);
    expect(line).toContain("nothing was changed");
    expect(line).toContain(message);
  });

  test("a site is found by --dry-run=server, which changes none", async (context) => {
    const fleet = await createFleet(3);
    const [, refused = ""] = await plannedOrder(fleet);
    await refuseByPolicy({ namespace: fleet.namespace, site: refused, message: "not this one" }, context);
    const plan = await fleet.rollout(["upgrade", "v0.11", "--dry-run=server"]);
    expect(plan).toMatchObject({ code: 1, counts: { failed: 1, pending: 2 } });
    expect(plan.reasonOf(refused)).toContain("not this one");
    expect(await fleet.versions()).toEqual(each(fleet.names, "v0.10"));
  });
});

describe.concurrent("an upgrade", () => {
  test("finds a dead webhook before the first site", async (context) => {
    const fleet = await createFleet(2);
    await registerDeadWebhook({ namespace: fleet.namespace, site: fleet.names[0] ?? "" }, context);
    const line = await expectRefusal(fleet, ["upgrade", "v0.11"]);
    expect(line).toContain("nothing was changed");
    expect(line).toContain('failed calling webhook "dead.example.com"');
  });

  test("by somebody who may only read says which permission is missing", async () => {
    const fleet = await createFleet(2);
    const rules = [
      { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: ["get", "list", "watch"] },
      { apiGroups: [""], resources: ["configmaps", "resourcequotas"], verbs: ["*"] },
      { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["*"] },
    ];
    await allowStranger(fleet, rules);
    const line = await expectRefusal(fleet, ["upgrade", "v0.11"], "stranger");
    expect(line).toContain(`you may not patch deployments in namespace ${fleet.namespace}`);
  });

  test("by somebody who may do nothing here says who may not do what", async () => {
    const fleet = await createFleet(1);
    const line = await expectRefusal(fleet, ["upgrade", "v0.11"], "stranger");
    expect(line).toContain('User "stranger" cannot');
  });

  test("that a quota leaves no room for warns, and fails the site for the quota's reason", async () => {
    const fleet = await createFleet(2);
    const quota = {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "tight" },
      spec: { hard: { pods: "2" } },
    };
    await fleet.kubectl(["create", "-f", "-"], quota);
    const used = async () =>
      (await fleet.kubectl(["get", "quota", "tight", "-o", "jsonpath={.status.used.pods}"])).stdout;
    await eventually(used, "2");
    const upgrade = await fleet.rollout(["upgrade", "v0.11", "--soak", "0s", "--site-timeout", "8s"]);
    expect(upgrade).toMatchObject({ code: 1, phase: "Paused", counts: { failed: 1, pending: 1 } });
    expect(upgrade.stderr).toContain(
      `warning: quota ${fleet.namespace}/tight allows 2 of pods and 2 are used: up to 2 sites at a time need one pod more`,
    );
    const [failed = ""] = upgrade.named("failed");
    expect(upgrade.reasonOf(failed)).toContain("exceeded quota: tight");
    for (const { status } of (await fleet.deployments()).values()) expect(status.availableReplicas).toBe(1);
  });

  test("is told of an unknown namespace for its record, and how to name another", async () => {
    const fleet = await createFleet(1);
    const nowhere = `nowhere-${randomBytes(4).toString("hex")}`;
    const line = await expectRefusal(fleet, ["upgrade", "v0.11", "--record-namespace", nowhere]);
    expect(line).toContain(nowhere);
    expect(line).toContain("--record-namespace");
  });
});

async function allowStranger(fleet: Fleet, rules: readonly object[]): Promise<void> {
  const api = "rbac.authorization.k8s.io";
  const metadata = { name: "stranger" };
  const role = { apiVersion: `${api}/v1`, kind: "Role", metadata, rules };
  const binding = {
    apiVersion: `${api}/v1`,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: api, kind: "Role", name: "stranger" },
    subjects: [{ apiGroup: api, kind: "User", name: "stranger" }],
  };
  await fleet.kubectl(["create", "-f", "-"], role);
  await fleet.kubectl(["create", "-f", "-"], binding);
  const may = async () =>
    (await fleet.kubectl(["auth", "can-i", "list", "deployments"], undefined, "stranger")).stdout;
  await eventually(may, expect.stringContaining("yes"));
}

/** One fleet for them all: none of these may change it. */
describe("a command line that cannot be carried out", () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await createFleet(2);
  });

  test.for([
    ["an unknown site", ["upgrade", "v0.11", "site-0001"], 1, "no site 'site-0001' in namespace"],
    ["a site's name that is nearly right", ["rollback", "site-0001"], 1, "did you mean site-00001?"],
    ["a selector that matches nothing", ["upgrade", "v0.11", "-l", "tier=none"], 1, "matches 'tier=none'"],
    ["a version that no site runs", ["upgrade", "v0.11", "--from-version", "v9"], 1, "they run v0.10"],
    ["everything excluded", ["upgrade", "v0.11", "site-00001", "--exclude", "site-00001"], 1, "left out by"],
    ["a selector that is none", ["upgrade", "v0.11", "-l", "=="], 2, "-l '==' is no selector"],
    ["nothing to roll back", ["rollback", "--all"], 1, "no upgrade is recorded"],
    ["an unknown rollout", ["resume", "u-20200101-000000-none"], 1, "no rollout 'u-20200101-000000-none'"],
    ["no unfinished rollout", ["resume"], 1, "no unfinished rollout"],
    ["no context of that name", ["upgrade", "v0.11", "--context", "nowhere"], 1, "nowhere"],
    ["an unreachable cluster", ["upgrade", "v0.11", "--server", "https://127.0.0.1:1"], 1, "no answer from"],
    ["no version", ["upgrade"], 2, "VERSION"],
    ["a version that is none", ["upgrade", "v0.11!"], 2, "v0.11!"],
    ["a version that is a flag's value", ["upgrade", "--", "-l"], 2, "no tag"],
    ["canaries of 0%", ["upgrade", "v0.11", "--canary", "0%"], 2, "--canary"],
    ["more than all in flight", ["upgrade", "v0.11", "--in-flight", "101%"], 2, "--in-flight"],
    ["a soak without a unit", ["upgrade", "v0.11", "--soak", "10"], 2, "--soak"],
    ["a negative number of failures", ["upgrade", "v0.11", "--max-failures=-1"], 2, "--max-failures"],
    ["a site timeout of nothing", ["upgrade", "v0.11", "--site-timeout", "0s"], 2, "--site-timeout"],
    ["an unknown action", ["upgrade", "v0.11", "--on-failure", "ignore"], 2, "--on-failure"],
    ["an unknown flag", ["upgrade", "v0.11", "--in-fligth", "3"], 2, "--in-flight"],
    ["names and a selector", ["upgrade", "v0.11", "site-00001", "-l", "a=b"], 2, "-l"],
    ["names and all namespaces", ["upgrade", "v0.11", "site-00001", "-A"], 2, "-A"],
    ["a rollback of nothing", ["rollback"], 2, "rollback needs --all"],
    ["a rollback of all and of some", ["rollback", "--all", "site-00001"], 2, "--all"],
    ["revision 0", ["rollback", "site-00001", "--to-revision", "0"], 2, "--to-revision"],
    ["a revision for the whole fleet", ["rollback", "--all", "--to-revision", "3"], 2, "--to-revision"],
    ["two results on stdout", ["upgrade", "v0.11", "--events", "-o", "json"], 2, "--events"],
  ] as const)("is refused in one line: %s", async ([, argumentList, expectedCode, expected]) => {
    const { code, stdout, stderr } = await fleet.run(argumentList);
    expect({ code, stdout, stderr }).toEqual({
      code: expectedCode,
      stdout: "",
      stderr: expect.stringContaining(expected),
    });
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).not.toContain("a bug in");
  });

  test("is refused in one line: a namespace without sites", async () => {
    const empty = await createTestNamespace("empty");
    const { code, stdout, stderr } = await subscribie(empty, ["upgrade", "v0.11"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`no site in namespace ${empty}`);
  });

  test("leaves the sites, and nothing in the namespace", async () => {
    expect(await fleet.versions()).toEqual(each(fleet.names, "v0.10"));
    expect(await fleet.history()).toEqual([]);
  });
});
