import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { watchObjects } from "../../shared/cluster/watch.ts";
import {
  decodeRecord,
  decodeResults,
  encodeRecord,
  encodeResults,
  maxChunks,
  type RolloutRecord,
} from "../../shared/rollout/rollout-record.ts";
import { memberAt } from "../../shared/policy/json.ts";
import { orderAnnotation } from "../../shared/rollout/rollout-annotations.ts";
import type { SiteResult } from "../../shared/rollout/rollout-result.ts";
import type { StopRequest } from "../../shared/rollout/rollout-state.ts";
import type { RecordedSite } from "../../shared/rollout/site-times.ts";
import { compareRolloutIds } from "../../shared/rollout/rollout-id.ts";
import { printable } from "../../shared/text/printable.ts";
import { CommandError } from "../errors.ts";
import { fieldManager } from "../field-manager.ts";

/** Asked of whoever drives the rollout, from whatever machine. */
export type RolloutOrder = "pause" | "abort";

/** A rollout as it stands in the cluster. */
export interface StoredRollout {
  readonly record: RolloutRecord;
  /** What is asked of whoever drives it. */
  readonly order: RolloutOrder | undefined;
  /** Per site; undefined where they are damaged or not all there. */
  readonly results: () => Promise<readonly SiteResult[] | undefined>;
  /** The same with each site's times. */
  readonly timeline: () => Promise<readonly RecordedSite[] | undefined>;
}

/** Whether a rollout may still go on. */
export function isUnfinished({ record }: Pick<StoredRollout, "record">): boolean {
  return record.phase === "Progressing" || record.phase === "Paused";
}

/** A rollout that was found by a list, which shows all that it is kept in. */
export interface ListedRollout extends StoredRollout {
  /** Names of its ConfigMaps. */
  readonly configMaps: readonly string[];
}

export const recordLabel = "subscribie.co.uk/record";
const recordKey = "rollout.json";
const resultsKey = "results.jsonl.gz";
/** Of the ConfigMaps of a rollout, before its id. */
export const namePrefix = "subscribie-rollout-";
/** Records that are kept in a namespace; older ones are deleted when a rollout begins. */
const mostRecords = 50;
/** A chunk is at most 512 KiB before compression; whatever unpacks to more than this is not ours. */
const longestChunk = 1_048_576;

const configMapSchema = z.object({
  metadata: z.object({
    name: z.string(),
    annotations: z.record(z.string(), z.string()).nullish(),
  }),
  data: z.record(z.string(), z.string()).nullish(),
  binaryData: z.record(z.string(), z.string()).nullish(),
});

type ConfigMap = z.infer<typeof configMapSchema>;

/**
 * Rollouts' records: a ConfigMap each, `subscribie-rollout-<id>`, with the first chunk of the sites' results; further
 * chunks, which only fleets of many thousands need, are ConfigMaps of their own, `….<n>`.
 */
export interface RolloutStore {
  readonly namespace: string;
  /** Newest first. Records that cannot be read are told to `onDamage` and left alone. */
  readonly list: (onDamage: (problem: string) => void) => Promise<readonly ListedRollout[]>;
  /** One by its id; throws CommandError where there is none. */
  readonly read: (id: string) => Promise<StoredRollout>;
  /** Writes a record as it stands now, and the results if given; creates it if it is new. */
  readonly save: (record: RolloutRecord, results?: readonly RecordedSite[]) => Promise<void>;
  /** Deletes what is older than the newest records, as far as it is finished. Throws at the first that it may not. */
  readonly prune: (stored: readonly ListedRollout[]) => Promise<void>;
  /** Leaves an order for whoever drives the rollout. */
  readonly order: (id: string, order: RolloutOrder | null) => Promise<void>;
  /** A rollout as its record changes, its present state first, until `signal`. */
  readonly follow: (id: string, signal: AbortSignal) => AsyncIterable<StoredRollout>;
  /** The orders that come while a rollout is driven, until `signal`. */
  readonly followOrders: (id: string, signal: AbortSignal) => AsyncIterable<StopRequest>;
}

/** The namespaces that keep records of rollouts, in order. */
export async function recordNamespaces(client: ApiClient, signal: AbortSignal): Promise<readonly string[]> {
  const path = resourcePath({ apiVersion: "v1", resource: "configmaps" });
  const { items } = await listAll(client, path, (raw) => String(memberAt(raw, "metadata", "namespace")), {
    labelSelector: `${recordLabel}=rollout`,
    signal,
  });
  return [...new Set(items)].toSorted();
}

export function createRolloutStore(client: ApiClient, namespace: string, signal: AbortSignal): RolloutStore {
  const collection = resourcePath({ apiVersion: "v1", resource: "configmaps", namespace });
  const pathOf = (name: string) =>
    resourcePath({ apiVersion: "v1", resource: "configmaps", namespace, name });
  const created = new Set<string>();

  async function readChunk(name: string): Promise<string | undefined> {
    try {
      const { body } = await client.request({ method: "GET", path: pathOf(name), signal });
      return await unpack(configMapSchema.parse(body));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async function readTimeline(main: ConfigMap): Promise<readonly RecordedSite[] | undefined> {
    const count = Number(main.data?.["chunks"] ?? "1");
    if (!Number.isInteger(count) || count < 1 || count > maxChunks) return undefined;
    const chunks: string[] = [];
    for (let number = 0; number < count; number += 1) {
      const chunk = number === 0 ? await unpack(main) : await readChunk(`${main.metadata.name}.${number}`);
      if (chunk === undefined) return undefined;
      chunks.push(chunk);
    }
    return decodeResults(chunks);
  }

  function decode(configMap: ConfigMap): StoredRollout | { readonly problem: string } {
    const decoded = decodeRecord(configMap.data?.[recordKey] ?? "");
    if ("problem" in decoded)
      return { problem: `the record ${namespace}/${configMap.metadata.name} ${decoded.problem}` };
    const { name, annotations } = configMap.metadata;
    // Whatever is written under an id, orders and the end included, goes to the ConfigMap of that id.
    if (name !== namePrefix + decoded.record.id)
      return { problem: `the record ${namespace}/${name} is damaged at id: it is another rollout's` };
    const order = annotations?.[orderAnnotation];
    const timeline = async () => await readTimeline(configMap);
    return {
      record: decoded.record,
      order: order === "pause" || order === "abort" ? order : undefined,
      timeline,
      results: async () => (await timeline())?.map(withoutTimes),
    };
  }

  async function write(name: string, content: object): Promise<void> {
    if (created.has(name)) return await patch(name, content);
    const metadata = {
      name,
      labels: { [recordLabel]: "rollout", "app.kubernetes.io/managed-by": fieldManager },
    };
    try {
      await client.request({
        method: "POST",
        path: collection,
        query: { fieldManager },
        body: { apiVersion: "v1", kind: "ConfigMap", metadata, ...content },
      });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw recordProblem(error, namespace);
      await patch(name, content);
    }
    created.add(name);
  }

  async function patch(name: string, content: object): Promise<void> {
    // A merge patch leaves the annotation alone by which another machine gives orders.
    await client.request({
      method: "PATCH",
      path: pathOf(name),
      contentType: "application/merge-patch+json",
      query: { fieldManager },
      body: content,
    });
  }

  async function* watchOne(id: string, until: AbortSignal): AsyncGenerator<ConfigMap> {
    const events = watchObjects(client, collection, (raw) => configMapSchema.parse(raw), {
      fieldSelector: `metadata.name=${namePrefix}${id}`,
      signal: until,
    });
    for await (const event of events) {
      if (event.type === "listed") yield* event.items;
      else if (event.type === "changed") yield event.object;
    }
  }

  return {
    namespace,

    async list(onDamage) {
      const { items } = await listAll(client, collection, (raw) => configMapSchema.parse(raw), {
        labelSelector: `${recordLabel}=rollout`,
        signal,
      });
      const names = items.map(({ metadata }) => metadata.name);
      const rollouts: ListedRollout[] = [];
      for (const configMap of items) {
        if (configMap.data?.[recordKey] === undefined) continue;
        const decoded = decode(configMap);
        if ("problem" in decoded) onDamage(decoded.problem);
        else {
          const { name } = configMap.metadata;
          created.add(name);
          const chunks = names.filter((other) => other.startsWith(`${name}.`));
          rollouts.push({ ...decoded, configMaps: [name, ...chunks] });
        }
      }
      return rollouts.toSorted((a, b) => compareRolloutIds(b.record.id, a.record.id));
    },

    async read(id) {
      try {
        const { body } = await client.request({ method: "GET", path: pathOf(namePrefix + id), signal });
        const decoded = decode(configMapSchema.parse(body));
        if ("problem" in decoded) throw new CommandError(decoded.problem);
        created.add(namePrefix + id);
        return decoded;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
        throw new CommandError(
          `no rollout '${printable(id, 60)}' in namespace ${namespace}; see kubectl subscribie history`,
        );
      }
    },

    async save(record, results) {
      const name = namePrefix + record.id;
      const data = { [recordKey]: encodeRecord(record) };
      if (results === undefined) return await write(name, { data });
      const [first = "", ...others] = await Promise.all(
        encodeResults(results).map(async (chunk) => await pack(chunk)),
      );
      for (const [index, chunk] of others.entries()) {
        await write(`${name}.${index + 1}`, { binaryData: { [resultsKey]: chunk } });
      }
      await write(name, {
        data: { ...data, chunks: String(others.length + 1) },
        binaryData: { [resultsKey]: first },
      });
    },

    async prune(stored) {
      const finished = stored.filter((rollout) => !isUnfinished(rollout));
      for (const path of finished
        .slice(mostRecords - 1)
        .flatMap(({ configMaps }) => configMaps.map(pathOf))) {
        await client.request({ method: "DELETE", path, signal }).catch((error: unknown) => {
          if (!(error instanceof ApiError) || error.status !== 404) throw error;
        });
      }
    },

    async order(id, order) {
      await patch(namePrefix + id, { metadata: { annotations: { [orderAnnotation]: order } } });
    },

    async *follow(id, until) {
      for await (const configMap of watchOne(id, until)) {
        const decoded = decode(configMap);
        if ("problem" in decoded) throw new CommandError(decoded.problem);
        yield decoded;
      }
    },

    async *followOrders(id, until) {
      let last: string | undefined;
      for await (const { metadata } of watchOne(id, until)) {
        const order = metadata.annotations?.[orderAnnotation];
        if (order !== last && (order === "pause" || order === "abort")) yield order;
        last = order;
      }
    },
  };
}

/** Times are the record's own: results, which programs read, have none. */
function withoutTimes({ namespace, name, outcome, from, to, reason }: RecordedSite): SiteResult {
  return { namespace, name, outcome, from, to, reason };
}

function recordProblem(error: unknown, namespace: string): unknown {
  if (!(error instanceof ApiError) || error.status !== 404) return error;
  return new CommandError(
    `namespace ${namespace}, where the rollout's record is to be kept, does not exist; create it, or name another one with --record-namespace`,
    { cause: error },
  );
}

const gzipped = promisify(gzip);
const gunzipped = promisify(gunzip);

async function pack(chunk: string): Promise<string> {
  return (await gzipped(chunk)).toString("base64");
}

async function unpack(configMap: ConfigMap): Promise<string | undefined> {
  const packed = configMap.binaryData?.[resultsKey];
  if (packed === undefined) return undefined;
  try {
    // Someone who may write ConfigMaps may write anything: what does not unpack to a chunk is damage, told by decodeResults.
    return (await gunzipped(Buffer.from(packed, "base64"), { maxOutputLength: longestChunk })).toString(
      "utf8",
    );
  } catch {
    return "damaged";
  }
}
