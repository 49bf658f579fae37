import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { siteKey, type ObservedSite } from "../../shared/rollout/observed-site.ts";
import { lastRollout } from "../../shared/rollout/rollback-target.ts";
import { compareRolloutIds, parseRolloutId } from "../../shared/rollout/rollout-id.ts";
import type { RolloutRecord } from "../../shared/rollout/rollout-record.ts";
import { printable } from "../../shared/text/printable.ts";
import { CommandError } from "../errors.ts";
import { createRolloutStore, type StoredRollout } from "./rollout-store.ts";
import { allNamespacesRecords } from "./record-scope.ts";

/** Laptops' clocks are not asked, but one API server's may lag behind another's a little. */
const clockToleranceMs = 60_000;

/** The sites of a rollback, and where records are looked for. */
export interface RollbackScope {
  readonly client: ApiClient;
  readonly recordNamespace: string;
  readonly selection: RolloutRecord["selection"];
  readonly sites: readonly ObservedSite[];
  /** The API server's clock. */
  readonly date: Date;
  readonly signal: AbortSignal;
  readonly warn: (line: string) => void;
}

/**
 * The upgrade or restart that `rollback --all` takes back: the newest that the records have for this namespace, those
 * of rollouts over all namespaces included. Who may write a site's annotations must not be able to choose it, so the
 * annotations decide only where there is no record at all.
 */
export async function lastRecordedRollout(scope: RollbackScope): Promise<string> {
  const newest = (await readRecords(scope))
    .map(({ record }) => record)
    .filter((record) => record.kind !== "rollback" && covers(record, scope.selection))
    .toSorted((a, b) => compareRolloutIds(b.id, a.id))[0];
  const carried = lastRollout(scope.sites.filter((site) => isPast(site.annotations.rollout, scope.date)));
  if (newest === undefined) return carried ?? failWithoutRecord();
  if (carried !== undefined && compareRolloutIds(carried, newest.id) > 0) {
    scope.warn(
      `some sites carry rollout ${carried}, of which there is no record in namespace ${scope.recordNamespace}; it is left alone, and --rollout ${carried} would take it back`,
    );
  }
  return newest.id;
}

/** The last rollout of each of the named sites, taken back already or not; throws CommandError where they differ. */
export function carriedRollout(sites: readonly ObservedSite[]): string {
  const ids = new Map(sites.map((site) => [siteKey(site), lastRollout([site]) ?? ""]));
  const different = new Set(ids.values());
  const [only] = different;
  if (only === undefined || only === "") failWithoutRecord();
  if (different.size > 1) {
    const named = [...ids].slice(0, 5).map(([key, id]) => `${key}: ${printable(id, 60) || "none"}`);
    throw new CommandError(
      `the sites were changed by different rollouts (${named.join("; ")}); name one with --rollout ID, or take them back one by one`,
    );
  }
  return only;
}

function failWithoutRecord(): never {
  throw new CommandError(
    "no upgrade is recorded on these sites (they were changed by other means); to go back one revision each, as kubectl rollout undo would, add --previous-revision",
  );
}

async function readRecords(scope: RollbackScope): Promise<readonly StoredRollout[]> {
  const namespaces = new Set([scope.recordNamespace, allNamespacesRecords]);
  const stores = [...namespaces].map((namespace) =>
    createRolloutStore(scope.client, namespace, scope.signal),
  );
  const lists = await Promise.all(
    stores.map(async (store) => {
      try {
        return await store.list(scope.warn);
      } catch (error) {
        const isElsewhere = store.namespace !== scope.recordNamespace;
        // Who may not look there has never run a rollout over all namespaces.
        if (isElsewhere && error instanceof ApiError && (error.status === 403 || error.status === 404))
          return [];
        throw error;
      }
    }),
  );
  return lists.flat();
}

function covers(record: RolloutRecord, selection: RolloutRecord["selection"]): boolean {
  const { namespace } = record.selection;
  return namespace === undefined || selection.namespace === undefined || namespace === selection.namespace;
}

function isPast(id: string | undefined, date: Date): boolean {
  const startedAt = parseRolloutId(id ?? "")?.startedAt;
  return startedAt === undefined || startedAt <= date.getTime() + clockToleranceMs;
}
