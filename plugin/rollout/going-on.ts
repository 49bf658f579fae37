import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import { isRollbackDue, wasRolledBackByItself } from "../../shared/rollout/rollout-record.ts";
import { defaultStrategy } from "../../shared/rollout/strategy.ts";
import { isSameRequest, type RolloutRequest } from "./rollout-request.ts";
import { isUnfinished, type StoredRollout } from "./rollout-store.ts";

/** What a request goes on with. */
export interface GoingOn<T> {
  /** The unfinished rollout that goes on. */
  readonly resumed: T | undefined;
  /** The rollout that failed and is taken back by itself: what goes on is its rollback, begun or not. */
  readonly failed: T | undefined;
}

/**
 * Finds what a request goes on with, among the rollouts of its namespace.
 *
 * @param resumedId the rollout that is asked for by name; else it is the one that asked for the same
 */
export function findGoingOn<T extends StoredRollout>(
  stored: readonly T[],
  request: RolloutRequest,
  resumedId?: string,
): GoingOn<T> {
  const unfinished = stored.filter(isUnfinished);
  const resumed = unfinished.find(({ record }) =>
    resumedId === undefined ? isSameRequest(record, request) : record.id === resumedId,
  );
  if (resumed !== undefined) {
    return isRollbackDue(resumed.record)
      ? { resumed: undefined, failed: resumed }
      : { resumed, failed: undefined };
  }
  const takenBack = new Set(unfinished.map(({ record }) => record.rollbackOf));
  const isFailed = (record: RolloutRecord) =>
    wasRolledBackByItself(record) && takenBack.has(record.id) && isSameRequest(record, request);
  const failed = resumedId === undefined ? stored.find(({ record }) => isFailed(record)) : undefined;
  return { resumed: undefined, failed };
}

/** The request that takes a failed rollout back, by which its rollback is found again when it was interrupted. */
export function rollbackOf(request: RolloutRequest, id: string): RolloutRequest {
  const { siteTimeoutMs } = request.strategy;
  return {
    ...request,
    change: { kind: "rollback", request: { kind: "rollout", id }, includeChanged: false },
    // All of its sites, also those that were selected by a version that they no longer run.
    selection: { ...request.selection, fromVersion: undefined },
    strategy: { ...defaultStrategy.rollback, siteTimeoutMs },
  };
}
