import { setTimeout as delay } from "node:timers/promises";

import { afterAll, beforeAll, expect, test } from "vitest";

import { createApiClient, type ApiClient } from "../control-plane/api-client.ts";
import { endOfAuditLog, readAuditLog } from "../control-plane/audit-log.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { each, fillFleet, type Fleet } from "./fleet.ts";
import { countSitePatches } from "./site-patches.ts";

/*
 * The API server goes away in the middle of rollouts, on a control plane of its own. Once for all of them, since it is
 * away for twenty seconds: each rollout has a namespace, and is disturbed at another moment of its own.
 */

let controlPlane: ControlPlane;
let client: ApiClient;
let fleets: readonly Fleet[];

beforeAll(async () => {
  controlPlane = await startControlPlane({ controllers: "fast", auditLog: true, report: () => {} });
  client = createApiClient(controlPlane);
  fleets = await Promise.all(["window", "canary", "interrupted", "rollback"].map(createOwnFleet));
});

afterAll(async () => {
  client.close();
  await controlPlane.stop();
});

async function createOwnFleet(namespace: string): Promise<Fleet> {
  await client.request("POST", "/api/v1/namespaces", { body: { metadata: { name: namespace } } });
  return await fillFleet({ namespace, client, controlPlane }, 8);
}

function fleetOf(namespace: string): Fleet {
  const found = fleets.find((fleet) => fleet.namespace === namespace);
  if (found === undefined) throw new Error(`there is no fleet ${namespace}`);
  return found;
}

test("rollouts go on when the API server was killed and is back after 20 s, and change no site twice", async () => {
  const [window, canary, interrupted, rollback] = [
    fleetOf("window"),
    fleetOf("canary"),
    fleetOf("interrupted"),
    fleetOf("rollback"),
  ];
  const before = await rollback.templates();
  await rollback.upgrade("v0.11");
  const counts = await Promise.all(
    fleets.map(async ({ namespace }) => await countSitePatches(namespace, controlPlane)),
  );
  const from = await endOfAuditLog(controlPlane.auditLog ?? "");
  const pace = ["--soak", "0s", "--in-flight", "2"] as const;
  const running = {
    window: window.start(["upgrade", "v0.11", "--canary", "none", ...pace]),
    canary: canary.start(["upgrade", "v0.11", "--canary", "1", "--soak", "8s"]),
    interrupted: interrupted.start(["upgrade", "v0.11", "--canary", "none", ...pace]),
    rollback: rollback.start(["rollback", "--all", "--in-flight", "2"]),
  };
  await Promise.all([
    running.window.said(/updated {2}/),
    running.canary.said(/soaking/),
    running.interrupted.said(/updated {2}/),
    running.rollback.said(/updated {2}/),
  ]);

  await controlPlane.killApiServer();
  await running.window.said(/waiting for the API server/);
  running.interrupted.signal("SIGINT");
  // Twenty seconds of absence are what is tested: there is no condition to wait for instead.
  const [ended] = await Promise.all([running.interrupted.ended, delay(20_000)]);
  expect(ended.code).toBe(130);
  expect(ended.stdout).toContain("Paused");
  await controlPlane.startApiServer();

  for (const name of ["window", "canary", "rollback"] as const) {
    const { code, stdout, stderr } = await running[name].ended;
    expect({ name, code, stderr: code === 0 ? "" : stderr }).toEqual({ name, code: 0, stderr: "" });
    expect(stdout).toContain("Complete");
    expect(stderr).toContain("the API server answers again");
  }
  expect(await interrupted.rollout(["upgrade", "v0.11", ...pace])).toMatchObject({
    code: 0,
    phase: "Complete",
    counts: { updated: 8 },
  });
  expect(await window.versions()).toEqual(each(window.names, "v0.11"));
  expect(await canary.versions()).toEqual(each(canary.names, "v0.11"));
  expect(await rollback.templates()).toEqual(before);
  // What the API server stored in the moment of its death it may not have logged: no more than once is what is known.
  const stored = await Promise.all(counts.map(async (patches) => Object.values(await patches.stored())));
  expect(Math.max(...stored.flat())).toBe(1);
  for (const fleet of fleets) expect((await fleet.history())[0]).toMatchObject({ phase: "Complete" });

  // The new API server has no events from before its start: their place in the watch was gone, and they listed anew.
  const requests = await readAuditLog(controlPlane.auditLog ?? "", {
    userAgent: "kubectl-subscribie/",
    from,
  });
  const own = requests.filter(
    ({ objectRef }) => objectRef.namespace === "window" && objectRef.resource === "deployments",
  );
  expect(own.filter(({ verb }) => verb === "list").length).toBeGreaterThan(1);
});
