import * as z from "zod";
import { createApiClient } from "../../shared/cluster/api-client.ts";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { loadConnection } from "../../shared/cluster/kubeconfig.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { versionOf } from "../../shared/rollout/target.ts";
import { servingContainer, siteSelector } from "../../shared/site/site-labels.ts";
import { completeFlags } from "../configuration/complete-flags.ts";
import { readConfiguration } from "../configuration/configuration-file.ts";
import { connectionFlags } from "../flags.ts";
import type { Io } from "../io.ts";
import { recordNamespaceOf } from "../rollout/record-scope.ts";
import { namePrefix, recordLabel } from "../rollout/rollout-store.ts";
import type { NameSource, ScopeFlags } from "./complete.ts";

/** A person waits with a finger on the key: one page is enough, and no answer soon is no answer. */
const pageSize = 500;
const timeoutSeconds = 2;

const listSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z
        .object({
          template: z
            .object({
              spec: z.object({
                containers: z.array(z.object({ name: z.string(), image: z.string().default("") })),
              }),
            })
            .optional(),
        })
        .optional(),
    }),
  ),
});

type Item = z.infer<typeof listSchema>["items"][number];

/**
 * The names that the configuration, the kubeconfig and the cluster have which the flags mean; none where the cluster
 * does not answer, or will not say.
 */
export function clusterNames(io: Io): NameSource {
  return {
    async names(kind, given) {
      try {
        if (kind === "fleet") return Object.keys((await readConfiguration(io.env))?.fleets ?? {});
        const { connection, records } = await scopeOf(given, io);
        const { kubeConfig, namespace } = loadConnection(connection, io.env);
        if (kind === "context") return kubeConfig.getContexts().map(({ name }) => name);
        const client = createApiClient({ kubeConfig, namespace, userAgent: "kubectl-subscribie-completion" });
        try {
          return await readNames(client, kind, recordNamespaceOf(records, client), io.signal);
        } finally {
          client.close();
        }
      } catch {
        // An error has no place in the middle of a command line; the command itself will show it.
        return [];
      }
    },
  };
}

interface Scope {
  readonly connection: Readonly<Record<string, string | undefined>>;
  readonly records: Parameters<typeof recordNamespaceOf>[0];
}

/** As the command itself would have it: what is not typed may be in a variable or in the configuration. */
async function scopeOf(given: ScopeFlags, io: Io): Promise<Scope> {
  const names = [...Object.keys(connectionFlags), "record-namespace"];
  const typed = Object.fromEntries(names.map((name) => [name, textOf(given[name])]));
  const connection = { ...typed, ...(await completeFlags(typed, io)).flags };
  return {
    connection,
    records: {
      "record-namespace": connection["record-namespace"],
      "all-namespaces": given["all-namespaces"] === true,
    },
  };
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

async function readNames(
  client: ApiClient,
  kind: "site" | "version" | "rollout" | "namespace",
  recordNamespace: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  switch (kind) {
    case "site":
      return (await readDeployments(client, signal)).map(nameOf);
    case "version":
      return unique((await readDeployments(client, signal)).map(versionOfSite));
    case "namespace":
      return (
        await readPage(client, resourcePath({ apiVersion: "v1", resource: "namespaces" }), {}, signal)
      ).map(nameOf);
    case "rollout": {
      const path = resourcePath({ apiVersion: "v1", resource: "configmaps", namespace: recordNamespace });
      const records = await readPage(client, path, { labelSelector: `${recordLabel}=rollout` }, signal);
      // Further chunks of a record are named `….1`.
      return unique(records.map((item) => nameOf(item).slice(namePrefix.length).split(".")[0] ?? ""));
    }
  }
}

async function readDeployments(client: ApiClient, signal: AbortSignal): Promise<readonly Item[]> {
  const path = resourcePath({ apiVersion: "apps/v1", resource: "deployments", namespace: client.namespace });
  return await readPage(client, path, { labelSelector: siteSelector }, signal);
}

async function readPage(
  client: ApiClient,
  path: string,
  query: { readonly labelSelector?: string },
  signal: AbortSignal,
): Promise<readonly Item[]> {
  const { body } = await client.request({
    method: "GET",
    path,
    query: { ...query, limit: pageSize },
    timeoutSeconds,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
  });
  return listSchema.parse(body).items;
}

function nameOf({ metadata }: Item): string {
  return metadata.name;
}

function versionOfSite({ spec }: Item): string {
  return versionOf(servingContainer(spec?.template?.spec.containers ?? [])?.image ?? "");
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => name !== "").toSorted();
}
