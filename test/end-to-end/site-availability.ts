import { z } from "zod";

import { isAvailable } from "../control-plane/sites.ts";
import { client } from "../control-plane/test-cluster.ts";

const event = z.object({
  type: z.string(),
  object: z.object({
    metadata: z.object({ name: z.string(), generation: z.number(), resourceVersion: z.string() }),
    spec: z.object({
      replicas: z.number(),
      template: z.object({
        spec: z.object({ containers: z.array(z.object({ name: z.string(), image: z.string() })) }),
      }),
    }),
    status: z.object({
      observedGeneration: z.number().default(0),
      replicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
      availableReplicas: z.number().default(0),
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), reason: z.string().default("") }))
        .default([]),
    }),
  }),
});

/** What somebody who watches a namespace from outside sees of a rollout. */
export interface WatchedRollout {
  /** How many sites were on the new image and not yet available, after each change of one of them. */
  readonly unfinished: readonly number[];
  /** How many sites had the new image, and were available with it, when each next site got it. */
  readonly finishedBefore: readonly number[];
  /** The least number of pods that were available at a site at any time. */
  readonly fewestAvailable: number;
}

/** Watches the sites of a namespace while something runs; `tag` is that of the new image. */
export async function watchWhile(
  namespace: string,
  tag: string,
  run: () => Promise<void>,
): Promise<WatchedRollout> {
  const ended = new AbortController();
  const changed = new Set<string>();
  const finished = new Set<string>();
  const seen = { unfinished: [] as number[], finishedBefore: [] as number[], fewestAvailable: Infinity };
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments?watch=1`;
  const watching = (async () => {
    for await (const line of client.watch(path, ended.signal)) {
      const { object } = event.parse(line);
      const { name } = object.metadata;
      seen.fewestAvailable = Math.min(seen.fewestAvailable, object.status.availableReplicas);
      if (object.spec.template.spec.containers[0]?.image.endsWith(`:${tag}`) !== true) continue;
      if (!changed.has(name)) seen.finishedBefore.push(finished.size);
      changed.add(name);
      if (isAvailable(object)) finished.add(name);
      seen.unfinished.push(changed.size - finished.size);
    }
  })().catch((error: unknown) => {
    if (!ended.signal.aborted) throw error;
  });
  await run();
  ended.abort();
  await watching;
  return seen;
}
