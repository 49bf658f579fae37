import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { defaultLimits } from "../../shared/policy/limits.ts";
import type { Limits } from "../../shared/policy/limits.ts";
import { printable } from "../../shared/text/printable.ts";
import { CommandError } from "../errors.ts";
import type { FlagValues } from "../command.ts";
import type { Io } from "../io.ts";
import { warn } from "../terminal/warn.ts";
import type { limitsInForceFlags } from "./limits-flag.ts";
import { parseNamedLimits, readNamedLimits } from "./read-limits.ts";

/** The labels of the chart's ConfigMap that the webhook has its limits from, and the file in it. */
const configurationSelector =
  "app.kubernetes.io/part-of=subscribie,app.kubernetes.io/component=configuration";
const fileName = "limits.yaml";

const configMapSchema = z.object({
  metadata: z.object({ name: z.string() }),
  data: z.record(z.string(), z.string()).nullish(),
});

/**
 * The limits that a flag or the environment names, else those that the chart gives to the cluster's webhook, else the
 * default ones. Who may not read the chart's is told that the default ones count.
 */
export async function readLimitsInForce(
  flags: FlagValues<typeof limitsInForceFlags>,
  client: ApiClient,
  io: Io,
): Promise<Limits> {
  const named = await readNamedLimits(flags["limits-file"], io.env);
  if (named !== undefined) return named;
  const namespace = flags["system-namespace"];
  try {
    return await readChartLimits(client, namespace, io);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
    warn(
      io,
      `the webhook's limits in namespace ${printable(namespace)} cannot be read, so the built-in ones count; --limits-file names others`,
    );
    return defaultLimits;
  }
}

async function readChartLimits(client: ApiClient, namespace: string, io: Io): Promise<Limits> {
  const path = resourcePath({ apiVersion: "v1", resource: "configmaps", namespace });
  const { items } = await listAll(client, path, (raw) => configMapSchema.parse(raw), {
    labelSelector: configurationSelector,
    signal: io.signal,
  });
  const [only, ...others] = items;
  if (only === undefined) return defaultLimits;
  if (others.length > 0) {
    const names = items.map(({ metadata }) => metadata.name).join(", ");
    throw new CommandError(
      `namespace ${printable(namespace)} has several charts' limits (ConfigMaps ${printable(names)}); choose with --limits-file`,
    );
  }
  const text = only.data?.[fileName];
  if (text === undefined) return defaultLimits;
  return parseNamedLimits(
    `${fileName} of ConfigMap ${printable(namespace)}/${printable(only.metadata.name)}`,
    text,
  );
}
