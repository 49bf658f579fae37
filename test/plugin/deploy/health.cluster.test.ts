import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCouchdb } from "../queue/queue-under-test.ts";
import type { TestCouchdb } from "../queue/queue-under-test.ts";
import { prepareQueueAndNamespace, startDeployer } from "./deployer-under-test.ts";

let couchdb: TestCouchdb;
beforeAll(async () => {
  couchdb = await startTestCouchdb();
});
afterAll(async () => {
  await couchdb.stop();
});

describe("deploy --watch --metrics-port", () => {
  it("says that it is alive and of use, and counts what it does and what is in the queue", async () => {
    const test = await prepareQueueAndNamespace(couchdb);
    await test.put("good", { company: { name: "Good" } });
    await test.put("bad", { company: {} });
    const deployer = startDeployer(test, ["--watch", "--metrics-port", "0"]);
    const [, port] = await deployer.saying(/metrics and health on port (\d+)/);
    const page = async (path: string) => await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    await expect.poll(async () => await page("/readyz"), { timeout: 60_000 }).toBe("ok\n");
    expect(await page("/livez")).toBe("ok\n");
    await expect
      .poll(async () => await page("/metrics"), { timeout: 60_000 })
      .toContain('subscribie_queue_requests{status="deployed"} 1');
    const metrics = await page("/metrics");
    expect(metrics).toContain('subscribie_deployer_requests_total{outcome="deployed"} 1');
    expect(metrics).toContain('subscribie_deployer_requests_total{outcome="rejected"} 1');
    expect(metrics).toContain('subscribie_queue_requests{status="rejected"} 1');
    expect(metrics).toContain("subscribie_deployer_deployed_seconds_count 1");
    expect(metrics).toContain("subscribie_deployer_in_flight 0");
    await deployer.terminate();
  });
});
