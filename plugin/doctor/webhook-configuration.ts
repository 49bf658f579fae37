import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";

const configurationSchema = z.object({
  metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
  webhooks: z
    .array(
      z.object({
        name: z.string(),
        failurePolicy: z.string().default("Fail"),
        clientConfig: z.object({
          caBundle: z.string().optional(),
          service: z.object({ namespace: z.string(), name: z.string() }).optional(),
        }),
      }),
    )
    .nullish(),
});

/** Who renews the webhook's certificate: the webhook itself, cert-manager, or a person. The chart's value of this name. */
export type CertificateMode = "self" | "certManager" | "secret";

/** One of our webhooks, as the API server knows it. */
export interface RegisteredWebhook {
  readonly half: "mutating" | "validating";
  readonly configuration: string;
  readonly name: string;
  readonly failurePolicy: string;
  /** PEM; empty when there is none. */
  readonly authorities: string;
  readonly service: { readonly namespace: string; readonly name: string } | undefined;
  readonly certificateMode: CertificateMode;
  /** The Secret that holds the certificate, in the namespace of the Service; undefined if nobody says. */
  readonly certificateSecret: string | undefined;
}

/** The chart writes them on both configurations. */
const annotations = {
  mode: "subscribie.co.uk/certificate-mode",
  secret: "subscribie.co.uk/certificate-secret",
} as const;

const suffixes = { mutating: ".mutate.subscribie.co.uk", validating: ".validate.subscribie.co.uk" } as const;

/** Our webhooks, found by their names: a release may call its configurations anything. */
export async function readWebhooks(
  client: ApiClient,
  signal: AbortSignal,
): Promise<readonly RegisteredWebhook[]> {
  const halves = await Promise.all(
    (["mutating", "validating"] as const).map(async (half) => {
      const path = resourcePath({
        apiVersion: "admissionregistration.k8s.io/v1",
        resource: `${half}webhookconfigurations`,
      });
      const { items } = await listAll(client, path, (raw) => configurationSchema.parse(raw), { signal });
      return items.flatMap(({ metadata, webhooks }) =>
        (webhooks ?? [])
          .filter(({ name }) => name.endsWith(suffixes[half]))
          .map(({ name, failurePolicy, clientConfig }) => ({
            half,
            configuration: metadata.name,
            name,
            failurePolicy,
            authorities: Buffer.from(clientConfig.caBundle ?? "", "base64").toString("utf8"),
            service: clientConfig.service,
            certificateMode: certificateMode(metadata.annotations[annotations.mode]),
            certificateSecret: metadata.annotations[annotations.secret],
          })),
      );
    }),
  );
  return halves.flat();
}

function certificateMode(text: string | undefined): CertificateMode {
  return text === "certManager" || text === "secret" ? text : "self";
}

/** How a configuration comes to trust an authority, by who keeps it. */
export function howToTrust({ certificateMode, half, configuration }: RegisteredWebhook): string {
  switch (certificateMode) {
    case "self":
      return `the webhook writes it within a minute; if it does not, the log of its pods says why`;
    case "certManager":
      return `cert-manager's injector (cainjector) writes it: see that it runs, and the annotation cert-manager.io/inject-ca-from of ${half}webhookconfiguration/${configuration}`;
    case "secret":
      return `helm upgrade with --set-file webhook.certificates.caBundle=FILE, a PEM file of the authority`;
  }
}
