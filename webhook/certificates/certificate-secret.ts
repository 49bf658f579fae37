import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { parseKept } from "./kept-certificates.ts";
import type { KeptCertificates } from "./kept-certificates.ts";

interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

/** What a Secret held, and the version that it had: undefined while there is none. */
export interface StoredCertificates {
  readonly kept: KeptCertificates;
  readonly resourceVersion: string | undefined;
}

const secretSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  data: z.record(z.string(), z.string()).nullish(),
});

export async function readCertificateSecret(
  client: ApiClient,
  { namespace, name }: SecretName,
): Promise<StoredCertificates> {
  try {
    const path = resourcePath({ apiVersion: "v1", resource: "secrets", namespace, name });
    const { metadata, data } = secretSchema.parse((await client.request({ method: "GET", path })).body);
    const texts = Object.entries(data ?? {}).map(
      ([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")] as const,
    );
    return { kept: parseKept(new Map(texts)), resourceVersion: metadata.resourceVersion };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) {
      return { kept: parseKept(new Map()), resourceVersion: undefined };
    }
    throw error;
  }
}

/**
 * Writes the Secret over the version that was read. A patch, so that labels and annotations stay: by them Helm knows
 * what is its own, to upgrade and to remove.
 * @throws ApiError 409 when somebody else wrote meanwhile
 */
export async function writeCertificateSecret(
  client: ApiClient,
  { namespace, name }: SecretName,
  { authority, trusted, serving }: KeptCertificates,
  resourceVersion: string | undefined,
): Promise<void> {
  const body = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    type: "Opaque",
    stringData: {
      "ca.crt": trusted.join(""),
      "ca.key": authority?.privateKey ?? "",
      ...(serving === undefined ? {} : { "tls.crt": serving.certificate, "tls.key": serving.privateKey }),
    },
  };
  const isNew = resourceVersion === undefined;
  const path = resourcePath({ apiVersion: "v1", resource: "secrets", namespace, ...(isNew ? {} : { name }) });
  await (isNew
    ? client.request({ method: "POST", path, body })
    : client.request({ method: "PATCH", path, contentType: "application/merge-patch+json", body }));
}
