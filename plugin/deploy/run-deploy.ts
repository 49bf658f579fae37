import { parseDuration } from "../../shared/text/duration.ts";
import { printable } from "../../shared/text/printable.ts";
import type { FlagValues } from "../command.ts";
import type { deployFlags } from "../commands/deploy.ts";
import { connect } from "../connect.ts";
import { exitCodes, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { createCouchdbClient } from "../queue/couchdb-client.ts";
import { openQueue } from "../queue/open-queue.ts";
import { resolveQueueAddress } from "../queue/queue-address.ts";
import { createSiteQueue } from "../queue/site-queue.ts";
import { saveMemory } from "../save-memory.ts";
import { deployFiles } from "./deploy-files.ts";
import { deployQueueForever, deployQueueOnce, messageOf } from "./deploy-queue.ts";
import { createDeployReport } from "./deploy-report.ts";
import { createRequestDeployer } from "./deploy-request.ts";
import { createSiteAvailability } from "./site-availability.ts";
import { loadSiteConfiguration } from "./site-configuration.ts";

type DeployFlags = FlagValues<typeof deployFlags>;

/** CouchDB may restart in the middle of a pass; a watch waits for as long as it takes. */
const passPatienceMs = 60_000;

/** Deploys from files, from the queue once, or from the queue for as long as it runs. */
export async function runDeploy(flags: DeployFlags, io: Io): Promise<number> {
  const { timeoutMs, metricsPort } = readFlags(flags);
  saveMemory();
  const files = flags.filename;
  const queueAddress = files.length > 0 ? undefined : resolveQueueAddress(flags["couchdb-url"], io.env);
  const configuration = await loadSiteConfiguration(
    { defaultsFile: flags["defaults-file"], limitsFile: flags["limits-file"] },
    io.env,
  );
  const client = connect(flags, io);
  const { namespace } = client;
  const { now, signal } = io;
  const availability = createSiteAvailability(client, { namespace, timeoutMs, signal });
  const deploy = createRequestDeployer({ client, namespace, configuration, availability, now, signal });
  const report = createDeployReport(flags, io);
  try {
    if (queueAddress === undefined) {
      await deployFiles(files, deploy, io, report.add);
    } else {
      // Whoever mistyped the address is told at once; once it was right, CouchDB may restart.
      if (!flags.watch) await openQueue(flags["couchdb-url"], io).prepare();
      const couchdb = createCouchdbClient(queueAddress);
      const queue = createSiteQueue(couchdb, {
        signal,
        patienceMs: flags.watch ? Number.POSITIVE_INFINITY : passPatienceMs,
        onRetry: (error) => report.note(messageOf(error)),
      });
      const run = { queue, deploy, report, io };
      const impatient = createSiteQueue(couchdb, { signal, patienceMs: 0 });
      await (flags.watch ? deployQueueForever(run, metricsPort, impatient) : deployQueueOnce(run));
    }
    signal.throwIfAborted();
    report.finish();
    return report.hasFailures() ? exitCodes.failed : exitCodes.done;
  } catch (error) {
    if (signal.aborted) {
      report.interrupt(
        queueAddress === undefined
          ? "the same command completes the rest"
          : "what was not finished is queued again",
      );
    }
    throw error;
  } finally {
    availability.close();
    client.close();
  }
}

function readFlags(flags: DeployFlags): { timeoutMs: number; metricsPort: number | undefined } {
  if (flags.watch && flags.filename.length > 0)
    throw new UsageError("--watch follows the queue; leave out -f, or --watch");
  const timeoutMs = parseDuration(flags["site-timeout"]);
  if (timeoutMs === undefined || timeoutMs === 0) {
    throw new UsageError(
      `--site-timeout is a duration such as 90s or 10m, not '${printable(flags["site-timeout"], 60)}'`,
    );
  }
  const port = flags["metrics-port"];
  if (port === undefined) return { timeoutMs, metricsPort: undefined };
  if (!flags.watch) throw new UsageError("--metrics-port is of use with --watch only");
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new UsageError(`--metrics-port is a number from 0 to 65535, not '${printable(port, 60)}'`);
  }
  return { timeoutMs, metricsPort: Number(port) };
}
