import { expect, test } from "vitest";

import { createFleet, each } from "./fleet.ts";
import { countSitePatches } from "./site-patches.ts";

test("a thousand sites are upgraded, each by one PATCH, and all run the new version", async () => {
  const fleet = await createFleet(1_000);
  const patches = await countSitePatches(fleet.namespace);
  const flags = ["--canary", "1,5%", "--soak", "0s", "--in-flight", "25%"];
  const upgrade = await fleet.rollout(["upgrade", "v0.11", ...flags]);
  expect(upgrade).toMatchObject({
    code: 0,
    phase: "Complete",
    counts: { total: 1_000, updated: 1_000, unchanged: 0, failed: 0, skipped: 0, pending: 0 },
  });
  expect(await fleet.versions()).toEqual(each(fleet.names, "v0.11"));
  for (const { spec, status } of (await fleet.deployments()).values()) {
    expect(status.availableReplicas).toBe(spec.replicas);
  }
  await patches.expectOnce(fleet.names);
});
