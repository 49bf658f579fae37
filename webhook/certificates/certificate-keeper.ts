import { setTimeout as delay } from "node:timers/promises";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { acquireLease, LeaseHeldError } from "../../shared/cluster/lease.ts";
import type { Logger } from "../log.ts";
import { parseServingCertificate } from "../serving-certificate.ts";
import type { ServingCertificate } from "../serving-certificate.ts";
import { createAuthority, issueCertificate } from "./certificate-authority.ts";
import { readCertificateSecret, writeCertificateSecret } from "./certificate-secret.ts";
import type { StoredCertificates } from "./certificate-secret.ts";
import { authorityDays, certificateDays, isUsable, mergeTrusted, nextRenewal } from "./kept-certificates.ts";
import { trustAuthorities } from "./webhook-configurations.ts";

export interface KeeperOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly secret: string;
  readonly webhookConfiguration: string;
  /** DNS names and addresses that the certificate is for. */
  readonly names: readonly string[];
  /** This replica, in the Lease. */
  readonly holder: string;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** How long API servers take to learn of a changed configuration. */
  readonly propagationMs: number;
}

const leaseSeconds = 15;
const retryMs = 1000;

/**
 * The certificate that is to be served now: from the Secret, which is renewed first where that is due. One replica
 * renews, the holder of a Lease; the others take what it wrote. While a usable certificate is there, whoever cannot
 * renew serves it on.
 */
export async function keepCertificate(options: KeeperOptions): Promise<ServingCertificate> {
  for (;;) {
    options.signal.throwIfAborted();
    const stored = await readCertificateSecret(options.client, secretName(options));
    const { kept } = stored;
    const now = options.now();
    if (nextRenewal(kept, options.names, now) === "nothing" && kept.serving !== undefined) {
      await publish(options, kept.trusted);
      return kept.serving;
    }
    const isRenewed = await renewUnderLease(options);
    if (!isRenewed && kept.serving !== undefined && isUsable(kept, options.names, now)) return kept.serving;
    if (!isRenewed) await delay(retryMs, undefined, { signal: options.signal });
  }
}

/** Whether this replica renewed; false when another one has the Lease. */
async function renewUnderLease(options: KeeperOptions): Promise<boolean> {
  const { client, namespace, secret, holder, signal } = options;
  try {
    const lease = await acquireLease(client, {
      namespace,
      name: secret,
      holder,
      durationSeconds: leaseSeconds,
      signal,
    });
    try {
      await lease.confirm();
      await renewStep(options, await readCertificateSecret(client, secretName(options)));
    } finally {
      await lease.release();
    }
    return true;
  } catch (error) {
    if (error instanceof LeaseHeldError) return false;
    throw error;
  }
}

/** Does the one thing that is due; each step leaves the Secret in a state from which any replica goes on. */
async function renewStep(
  options: KeeperOptions,
  { kept, resourceVersion }: StoredCertificates,
): Promise<void> {
  const { client, names, log } = options;
  const now = options.now();
  const renewal = nextRenewal(kept, names, now);
  if (renewal === "authority") {
    const authority = await createAuthority({ now, days: authorityDays });
    const trusted = mergeTrusted([[authority.certificate], kept.trusted], now);
    await writeCertificateSecret(
      client,
      secretName(options),
      { ...kept, authority, trusted },
      resourceVersion,
    );
    log.info({ secret: options.secret }, "made a certificate authority");
  } else if (renewal === "certificate" && kept.authority !== undefined) {
    // Trusted everywhere before anybody serves it.
    await publish(options, kept.trusted);
    const pair = await issueCertificate(kept.authority, names, { now, days: certificateDays });
    const serving = parseServingCertificate(pair.certificate, pair.privateKey);
    await writeCertificateSecret(client, secretName(options), { ...kept, serving }, resourceVersion);
    log.info({ secret: options.secret, notAfter: serving.notAfter.toISOString() }, "issued a certificate");
  }
}

async function publish(options: KeeperOptions, trusted: readonly string[]): Promise<void> {
  const { client, webhookConfiguration, log, propagationMs, signal } = options;
  const { changed, missing } = await trustAuthorities(client, webhookConfiguration, trusted, options.now());
  if (missing.length > 0)
    log.warn({ missing }, "a webhook configuration is not there; its authority cannot be kept");
  if (!changed) return;
  log.info({ webhookConfiguration }, "published the certificate authorities");
  await delay(propagationMs, undefined, { signal });
}

function secretName({ namespace, secret }: KeeperOptions) {
  return { namespace, name: secret };
}
