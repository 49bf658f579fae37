import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { parseDuration } from "../../shared/text/duration.ts";
import { printable } from "../../shared/text/printable.ts";
import type { FlagValues } from "../command.ts";
import type { deployFlags } from "../commands/deploy.ts";
import { connect } from "../connect.ts";
import { CommandError, exitCodes, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { createCouchdbClient } from "../queue/couchdb-client.ts";
import { resolveQueueAddress } from "../queue/queue-address.ts";
import { QueueError } from "../queue/queue-error.ts";
import { createSiteQueue } from "../queue/site-queue.ts";
import type { SiteQueue } from "../queue/site-queue.ts";
import { deployFiles } from "./deploy-files.ts";
import { runDeployPass } from "./deploy-pass.ts";
import { createRequestDeployer } from "./deploy-request.ts";
import type { RequestDeployer } from "./deploy-request.ts";
import { createDeployReport } from "./deploy-report.ts";
import type { DeployReport } from "./deploy-report.ts";
import { runDeployWatch } from "./deploy-watch.ts";
import { createQueueDeployer } from "./queue-deployer.ts";
import { createSiteAvailability } from "./site-availability.ts";
import { loadSiteConfiguration } from "./site-configuration.ts";

type DeployFlags = FlagValues<typeof deployFlags>;

/** CouchDB may restart in the middle of a pass; a watch waits for as long as it takes. */
const passPatienceMs = 60_000;

/** Deploys from files, from the queue once, or from the queue for as long as it runs. */
export async function runDeploy(flags: DeployFlags, io: Io): Promise<number> {
  const timeoutMs = readTimeout(flags["site-timeout"]);
  const configuration = await loadSiteConfiguration(
    { defaultsFile: flags["defaults-file"], limitsFile: flags["limits-file"] },
    io.env,
  );
  const queueAddress =
    flags.filename.length > 0 ? undefined : resolveQueueAddress(flags["couchdb-url"], io.env);
  const client = connect(flags, io);
  const { namespace } = client;
  const availability = createSiteAvailability(client, { namespace, timeoutMs, signal: io.signal });
  const deploy = createRequestDeployer({
    client,
    namespace,
    configuration,
    availability,
    now: io.now,
    signal: io.signal,
  });
  const report = createDeployReport(flags, io);
  try {
    if (queueAddress === undefined) {
      await deployFiles(flags.filename, deploy, io, report.add);
    } else {
      const queue = createSiteQueue(createCouchdbClient(queueAddress), {
        signal: io.signal,
        patienceMs: flags.watch ? Number.POSITIVE_INFINITY : passPatienceMs,
        onRetry: (error) => report.note(messageOf(error)),
      });
      await deployQueue({ queue, deploy, report, flags, io });
    }
    report.finish();
    return report.hasFailures() && !flags.watch ? exitCodes.failed : exitCodes.done;
  } finally {
    availability.close();
    client.close();
  }
}

interface QueueRun {
  readonly queue: SiteQueue;
  readonly deploy: RequestDeployer;
  readonly report: DeployReport;
  readonly flags: DeployFlags;
  readonly io: Io;
}

async function deployQueue({ queue, deploy, report, flags, io }: QueueRun): Promise<void> {
  await queue.prepare();
  const failedIds = new Set<string>();
  const compaction = createCompaction(queue, report);
  const deployer = createQueueDeployer({
    queue,
    deploy,
    deployerName: `${printable(hostname(), 63)}-${process.pid}-${randomBytes(4).toString("hex")}`,
    now: io.now,
    signal: io.signal,
    onResult: (result) => {
      if (result.outcome === "failed" && !flags.watch) failedIds.add(result.document);
      report.add(result);
    },
    onSecretsRemoved: compaction.request,
  });
  try {
    const shared = { queue, deployer, now: io.now, signal: io.signal };
    if (flags.watch) {
      report.note(`watching the queue ${queue.address}`);
      await runDeployWatch({ ...shared, onInterruption: (error) => report.note(messageOf(error)) });
    } else {
      await runDeployPass({
        ...shared,
        failed: failedIds,
        onWaiting: (claims) => report.note(`waiting for ${claims} sites that other deployers have claimed`),
      });
    }
  } finally {
    await deployer.finished();
    deployer.close();
    await compaction.finish();
  }
}

interface Compaction {
  readonly request: () => void;
  readonly finish: () => Promise<void>;
}

const compactEveryMs = 60_000;

/** Old revisions keep the secrets that were removed until CouchDB compacts: it is told to, soon but not for each. */
function createCompaction(queue: SiteQueue, report: DeployReport): Compaction {
  let timer: NodeJS.Timeout | undefined;

  async function compact(): Promise<void> {
    timer = undefined;
    try {
      await queue.compact();
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
      report.note(
        `the queue does not let this user compact it; until CouchDB does so by itself, its old revisions keep the secrets: ${error.message}`,
      );
    }
  }

  return {
    request() {
      timer ??= setTimeout(() => void compact().catch(() => undefined), compactEveryMs).unref();
    },
    async finish() {
      if (timer === undefined) return;
      clearTimeout(timer);
      await compact();
    },
  };
}

function readTimeout(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds === 0) {
    throw new UsageError(`--site-timeout is a duration such as 90s or 10m, not '${printable(text, 60)}'`);
  }
  return milliseconds;
}

function messageOf(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  return printable(error instanceof Error ? error.message : String(error));
}
