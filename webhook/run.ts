import type { Server } from "node:https";
import { createApp } from "./app.ts";
import { certificateReader } from "./certificate-reader.ts";
import type { CertificateReader } from "./certificate-reader.ts";
import { ConfigError, parseConfig, usage } from "./config.ts";
import type { Config } from "./config.ts";
import { builtInLimits, readLimits } from "./limits-file.ts";
import type { VersionedLimits } from "./limits-file.ts";
import { createLogger } from "./log.ts";
import type { Logger } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { pollValue } from "./polled-value.ts";
import { createServer, listen } from "./server.ts";
import { CertificateError, certificateProblem, secureContext } from "./serving-certificate.ts";
import type { ServingCertificate } from "./serving-certificate.ts";
import { drain } from "./shutdown.ts";
import { LimitsError } from "../shared/policy/limits.ts";

/** How often files are looked at. */
const filePollMs = 2_000;

/**
 * The webhook from its arguments to its end, which SIGTERM or SIGINT brings. Returns the exit code: 0 after an orderly
 * end, 1 when it cannot work, 2 for wrong usage.
 */
export async function run(argumentList: readonly string[]): Promise<number> {
  let config: Config | undefined;
  try {
    config = parseConfig(argumentList, process.env);
    if (config === undefined) {
      process.stdout.write(usage);
      return 0;
    }
    await serve(config);
    return 0;
  } catch (error) {
    if (error instanceof ConfigError || error instanceof LimitsError || error instanceof CertificateError) {
      process.stderr.write(`error: ${error.message}\n`);
      return error instanceof ConfigError ? 2 : 1;
    }
    throw error;
  }
}

/** What the running program has in force. */
interface State {
  limits: VersionedLimits;
  certificate: ServingCertificate;
  isDraining: boolean;
}

async function serve(config: Config): Promise<void> {
  const log = createLogger(config.logLevel);
  const metrics = new Metrics();
  const stop = new AbortController();
  const stopped = onSignal(log, stop);
  const certificates = await certificateReader(config.certificate, log, stop.signal);
  const state: State = {
    limits: config.limitsFile === undefined ? builtInLimits : await readLimits(config.limitsFile),
    certificate: await certificates.first(),
    isDraining: false,
  };
  metrics.limitsLoaded(state.limits.version);
  metrics.certificateLoaded(state.certificate.notAfter);
  const app = createApp({
    limits: () => state.limits.limits,
    metrics,
    log,
    problems: () => problemsOf(state),
    isDraining: () => state.isDraining,
    now: Date.now,
  });
  const server = createServer(app, state.certificate);
  const port = await listen(server, config.port, config.host).catch((error: unknown) => {
    throw new ConfigError(
      `cannot listen on port ${config.port}: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  log.info({ port, limits: state.limits.version, certificate: config.certificate.kind }, "serving");
  const watching = watchLimits(config, state, metrics, log, stop.signal);
  const renewing = watchCertificate(certificates, state, server, metrics, log, stop.signal);
  await stopped;
  state.isDraining = true;
  await drain(server, { delayMs: config.shutdownDelayMs, gracePeriodMs: config.gracePeriodMs });
  await Promise.all([watching, renewing]);
  log.info("ended");
}

function problemsOf({ certificate, isDraining }: State): readonly string[] {
  const problem = certificateProblem(certificate, Date.now());
  return [
    ...(problem === undefined ? [] : [problem]),
    ...(isDraining ? ["the server is shutting down"] : []),
  ];
}

/** Resolves at the first signal; a second one ends the program at once. */
async function onSignal(log: Logger, stop: AbortController): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log.info({ signal }, "shutting down");
      stop.abort(new ConfigError("ended by a signal before it could serve"));
      resolve();
    });
  }
  await promise;
}

async function watchLimits(
  config: Config,
  state: State,
  metrics: Metrics,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { limitsFile } = config;
  if (limitsFile === undefined) return;
  await pollValue(state.limits, {
    read: () => readLimits(limitsFile),
    isSame: (left, right) => left.version === right.version,
    onChange(limits) {
      state.limits = limits;
      metrics.limitsLoaded(limits.version);
      log.info({ limits: limits.version }, "read the limits again");
    },
    onFailure(error) {
      metrics.reloadFailed("limits");
      log.error(
        { reason: String(error) },
        "the limits file cannot be used; the limits before it stay in force",
      );
    },
    intervalMs: filePollMs,
    signal,
  });
}

async function watchCertificate(
  { again, intervalMs }: CertificateReader,
  state: State,
  server: Server,
  metrics: Metrics,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  await pollValue(state.certificate, {
    read: again,
    isSame: (left, right) => left.certificate === right.certificate && left.privateKey === right.privateKey,
    onChange(certificate) {
      server.setSecureContext(secureContext(certificate));
      state.certificate = certificate;
      metrics.certificateLoaded(certificate.notAfter);
      log.info({ notAfter: certificate.notAfter.toISOString() }, "serving another certificate");
    },
    onFailure(error) {
      if (signal.aborted) return;
      metrics.reloadFailed("certificate");
      log.error({ reason: String(error) }, "no new certificate can be had; the one before it stays in force");
    },
    intervalMs,
    signal,
  });
}
