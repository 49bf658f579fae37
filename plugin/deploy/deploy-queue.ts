import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { printable } from "../../shared/text/printable.ts";
import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";
import type { SiteQueue } from "../queue/site-queue.ts";
import { createCompaction } from "./compaction.ts";
import { createDeployMetrics } from "./deploy-metrics.ts";
import type { DeployMetrics } from "./deploy-metrics.ts";
import { runDeployPass } from "./deploy-pass.ts";
import type { DeployReport } from "./deploy-report.ts";
import type { RequestDeployer } from "./deploy-request.ts";
import { runDeployWatch } from "./deploy-watch.ts";
import { startHealthServer } from "./health-server.ts";
import { createQueueDeployer } from "./queue-deployer.ts";
import type { QueueDeployer } from "./queue-deployer.ts";
import type { SiteResult } from "./site-result.ts";

export interface QueueRun {
  readonly queue: SiteQueue;
  readonly deploy: RequestDeployer;
  readonly report: DeployReport;
  readonly io: Io;
}

/** Deploys what is in the queue, once. */
export async function deployQueueOnce({ queue, deploy, report, io }: QueueRun): Promise<void> {
  const failed = new Set<string>();
  function onResult(result: SiteResult): void {
    if (result.outcome === "failed") failed.add(result.document);
    report.add(result);
  }
  await withQueueDeployer({ queue, deploy, report, io }, onResult, async (deployer) => {
    await runDeployPass({
      queue,
      deployer,
      failed,
      now: io.now,
      signal: io.signal,
      onWaiting: (claims) => report.note(`waiting for ${claims} requests that other deployers have claimed`),
    });
  });
}

/**
 * Deploys what comes into the queue, until the signal.
 *
 * @param metricsPort of the server for the kubelet and Prometheus; undefined for none
 * @param metricsQueue the same queue, which fails at once when CouchDB is away
 */
export async function deployQueueForever(
  { queue, deploy, report, io }: QueueRun,
  metricsPort: number | undefined,
  metricsQueue: SiteQueue,
): Promise<void> {
  let metrics: DeployMetrics | undefined;
  function onResult(result: SiteResult): void {
    metrics?.observe(result);
    report.add(result);
  }
  await withQueueDeployer({ queue, deploy, report, io }, onResult, async (deployer) => {
    metrics = createDeployMetrics(metricsQueue, deployer);
    const health =
      metricsPort === undefined
        ? undefined
        : await startHealthServer(metricsPort, metrics, io.now, (port) =>
            report.note(`metrics and health on port ${port}`),
          );
    report.note(`watching the queue ${queue.address}`);
    try {
      await runDeployWatch({
        queue,
        deployer,
        now: io.now,
        signal: io.signal,
        onQueueRead: () => health?.markReady(),
        onInterruption: (error) => report.note(messageOf(error)),
      });
    } finally {
      await health?.close();
    }
  });
}

/** Sets a deployer up, and brings everything that it began to an end. */
async function withQueueDeployer(
  { queue, deploy, report, io }: QueueRun,
  onResult: (result: SiteResult) => void,
  task: (deployer: QueueDeployer) => Promise<void>,
): Promise<void> {
  await queue.prepare();
  const compaction = createCompaction(queue, (error) =>
    report.note(
      `the queue's user may not compact it, so that until CouchDB does so by itself old revisions keep the secrets: ${error.message}`,
    ),
  );
  const deployer = createQueueDeployer({
    queue,
    deploy,
    deployerName: `${printable(hostname(), 63)}-${process.pid}-${randomBytes(4).toString("hex")}`,
    now: io.now,
    signal: io.signal,
    onResult,
    onSecretsRemoved: compaction.request,
  });
  try {
    await task(deployer);
  } finally {
    await deployer.finished();
    deployer.close();
    await compaction.finish();
  }
}

/** What a person is told of an error that mends itself. */
export function messageOf(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  return printable(error instanceof Error ? error.message : String(error));
}
