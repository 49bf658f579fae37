import { expect, it } from "vitest";
import { run } from "../../../plugin/run.ts";
import { createSites, waitForSites } from "../../control-plane/sites.ts";
import { client, controlPlane, createTestNamespace } from "../../control-plane/test-cluster.ts";
import { memoryIo } from "../memory-io.ts";

async function subscribie(namespace: string, ...args: readonly string[]) {
  const { io, written } = memoryIo({ env: { KUBECONFIG: controlPlane.kubeconfig }, now: Date.now });
  const code = await run([...args, "-n", namespace], io);
  return { code, ...(await written()) };
}

it("a rollout's page has each site's time, and its JSON has none", async () => {
  const shops = await createTestNamespace("report");
  const names = await createSites(client, shops, 3);
  await waitForSites(client, shops, names, AbortSignal.timeout(120_000));
  await subscribie(shops, "upgrade", "v0.11", "--canary", "1", "--soak", "0s");
  const [id = ""] = (await subscribie(shops, "history", "-o", "name")).stdout.split("\n");

  const { code, stdout: page } = await subscribie(shops, "report", id);
  expect(code).toBe(0);
  const rows = [...page.matchAll(/<tr>\s*<th scope="row">[^<]*\/(site-\d+)<\/th>.*?<\/tr>/gs)];
  expect(rows.map(([, name]) => name ?? "").toSorted((a, b) => a.localeCompare(b))).toEqual(names);
  for (const [row] of rows) expect(row).toMatch(/<rect\s+class="updated"/);
  expect(page).toContain("Time to ready, p50");

  const { stdout: status } = await subscribie(shops, "status", id, "-o", "json");
  expect(status).toContain('"outcome": "updated"');
  expect(status).not.toMatch(/Ms"/);

  const fleet = await subscribie(shops, "report");
  expect(fleet.stdout).toContain(id);
  expect(fleet.stdout).toContain("Versions over time");
});
