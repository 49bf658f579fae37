import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { CertificateSource } from "./config.ts";
import type { Logger } from "./log.ts";
import { CertificateError, parseServingCertificate } from "./serving-certificate.ts";
import type { ServingCertificate } from "./serving-certificate.ts";

/** How often files are looked at. */
const filePollMs = 2_000;

/** How often the certificate in the cluster is looked at. */
const secretPollMs = 15_000;

const retryMs = 2_000;

/** Reads the certificate that is to be served. */
export interface CertificateReader {
  /** Patient where the cluster may not be there yet. */
  readonly first: () => Promise<ServingCertificate>;
  readonly again: () => Promise<ServingCertificate>;
  readonly intervalMs: number;
}

/**
 * A reader of where the certificate comes from: files that somebody else keeps, or the cluster, where this program keeps
 * it.
 */
export async function certificateReader(
  source: CertificateSource,
  log: Logger,
  signal: AbortSignal,
): Promise<CertificateReader> {
  if (source.kind === "files") {
    const read = () => readCertificateFiles(source.certificateFile, source.privateKeyFile);
    return { first: read, again: read, intervalMs: filePollMs };
  }
  // Loaded here only: with a certificate from files the program starts without the API client.
  const { certificatesInCluster } = await import("./certificates/certificates-in-cluster.ts");
  const holder = `${hostname()}-${randomBytes(4).toString("hex")}`;
  const read = certificatesInCluster(source, holder, log, signal);
  return { first: () => untilFirst(read, log, signal), again: read, intervalMs: secretPollMs };
}

async function untilFirst(
  read: () => Promise<ServingCertificate>,
  log: Logger,
  signal: AbortSignal,
): Promise<ServingCertificate> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ reason: String(error) }, "no certificate yet; trying again");
      await delay(retryMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

async function readCertificateFiles(
  certificateFile: string,
  privateKeyFile: string,
): Promise<ServingCertificate> {
  const [certificate, privateKey] = await Promise.all(
    [certificateFile, privateKeyFile].map((file) =>
      readFile(file, "utf8").catch((error: unknown) => {
        throw new CertificateError(
          `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }),
    ),
  );
  return parseServingCertificate(certificate ?? "", privateKey ?? "");
}
