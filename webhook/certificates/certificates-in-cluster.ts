import { createApiClient } from "../../shared/cluster/api-client.ts";
import { loadConnection } from "../../shared/cluster/kubeconfig.ts";
import type { CertificateSource } from "../config.ts";
import type { Logger } from "../log.ts";
import type { ServingCertificate } from "../serving-certificate.ts";
import { keepCertificate } from "./certificate-keeper.ts";

/** API servers hear of a changed configuration by watch, usually within a second. */
const propagationMs = 3_000;

/** Each call gives the certificate that is to be served now, renewed first where that is due. */
export function certificatesInCluster(
  source: Extract<CertificateSource, { kind: "cluster" }>,
  holder: string,
  log: Logger,
  signal: AbortSignal,
): () => Promise<ServingCertificate> {
  const { namespace, service, secret, webhookConfiguration, extraNames, kubeconfig } = source;
  const { kubeConfig } = loadConnection({ kubeconfig, namespace }, process.env);
  const client = createApiClient({ kubeConfig, namespace, userAgent: "subscribie-webhook" });
  const names = [`${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`, ...extraNames];
  return () =>
    keepCertificate({
      client,
      namespace,
      secret,
      webhookConfiguration,
      names,
      holder,
      log,
      now: Date.now,
      signal,
      propagationMs,
    });
}
