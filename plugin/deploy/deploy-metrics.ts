import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { statuses } from "../queue/bookkeeping.ts";
import type { SiteQueue } from "../queue/site-queue.ts";
import type { QueueDeployer } from "./queue-deployer.ts";
import type { SiteResult } from "./site-result.ts";

/** What a deployer that watches tells of itself, in Prometheus' format. */
export interface DeployMetrics {
  readonly observe: (result: SiteResult) => void;
  /** The page, as Prometheus reads it. */
  readonly render: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** From a tenth of a second to the progress deadline of a site. */
const secondsBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** Prometheus gives up on a page after ten seconds, unless told otherwise. */
const countTimeoutMs = 5_000;

/** @param queue one that fails at once when CouchDB is away */
export function createDeployMetrics(queue: SiteQueue, deployer: QueueDeployer): DeployMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const outcomes = new Counter({
    name: "subscribie_deployer_requests_total",
    help: "Site requests that got an outcome, by outcome",
    labelNames: ["outcome"],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "subscribie_deployer_deployed_seconds",
    help: "Time from submission to an available site",
    buckets: secondsBuckets,
    registers: [registry],
  });
  const inFlight = new Gauge({
    name: "subscribie_deployer_in_flight",
    help: "Site requests that are being deployed by this process",
    registers: [],
    collect() {
      this.set(deployer.inFlight());
    },
  });
  const requests = new Gauge({
    name: "subscribie_queue_requests",
    help: "Site requests in the queue, by status",
    labelNames: ["status"],
    registers: [],
    async collect() {
      this.reset();
      // While CouchDB is away there is nothing to tell, and the other metrics are wanted all the more.
      const counts = await queue.counts(countTimeoutMs).catch(() => undefined);
      if (counts !== undefined) for (const status of statuses) this.set({ status }, counts[status] ?? 0);
    },
  });
  registry.registerMetric(inFlight);
  registry.registerMetric(requests);
  for (const outcome of ["deployed", "failed", "rejected"]) outcomes.inc({ outcome }, 0);

  return {
    observe({ outcome, milliseconds }) {
      outcomes.inc({ outcome });
      if (outcome === "deployed" && milliseconds !== undefined) seconds.observe(milliseconds / 1000);
    },
    async render() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
