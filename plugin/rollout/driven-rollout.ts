import type { RolloutStore } from "./rollout-store.ts";

/**
 * The id of the rollout that whoever holds the Lease drives; undefined when they drive none yet. Records are written
 * only under the Lease, and first of all when a rollout begins or goes on: of several that say `Progressing`, the one
 * that was written last is driven, and the others' drivers were killed.
 */
export async function newestDriven(store: RolloutStore): Promise<string | undefined> {
  // A record that cannot be read is no rollout that anybody drives; the lists that people ask for tell of it.
  const stored = await store.list(() => undefined);
  const running = stored.map(({ record }) => record).filter(({ phase }) => phase === "Progressing");
  return running.toSorted((a, b) => Date.parse(b.updatedAt) - Date.parse(a.updatedAt))[0]?.id;
}
