import type { LeaseHold } from "../../shared/cluster/lease.ts";
import type { RolloutStore } from "./rollout-store.ts";

/**
 * The store of whoever drives a rollout: it writes only while the Lease is theirs. One who was suspended and wakes
 * after another took the rollout over, or superseded it, would overwrite what the other has recorded meanwhile.
 *
 * Its writes throw LeaseLostError instead, and what LeaseHold.confirm throws while it cannot be known.
 */
export function recordUnderLease(store: RolloutStore, lease: LeaseHold): RolloutStore {
  return {
    ...store,
    async save(record, results) {
      await lease.confirm();
      await store.save(record, results);
    },
    async prune(stored) {
      await lease.confirm();
      await store.prune(stored);
    },
    async order(id, order) {
      await lease.confirm();
      await store.order(id, order);
    },
  };
}
