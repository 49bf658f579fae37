import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";

const configurationSchema = z.object({
  metadata: z.object({ name: z.string() }),
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

/** One of our webhooks, as the API server knows it. */
export interface RegisteredWebhook {
  readonly half: "mutating" | "validating";
  readonly configuration: string;
  readonly name: string;
  readonly failurePolicy: string;
  /** PEM; empty when there is none. */
  readonly authorities: string;
  readonly service: { readonly namespace: string; readonly name: string } | undefined;
}

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
          })),
      );
    }),
  );
  return halves.flat();
}
