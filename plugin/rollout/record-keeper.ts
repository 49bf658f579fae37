import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError, UnreachableError } from "../../shared/cluster/api-error.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { siteKey } from "../../shared/rollout/observed-site.ts";
import {
  fromImages,
  rolloutRecordVersion,
  updateRecord,
  type RolloutRecord,
} from "../../shared/rollout/rollout-record.ts";
import { countOutcomes } from "../../shared/rollout/rollout-result.ts";
import type { RolloutState } from "../../shared/rollout/rollout-state.ts";
import { recordedSites } from "../../shared/rollout/site-times.ts";
import { recordedRequest, type RolloutRequest } from "./rollout-request.ts";
import type { ListedRollout, RolloutStore, StoredRollout } from "./rollout-store.ts";

/** Keeps the record of a running rollout up to date. */
export interface RecordKeeper {
  /** Marks unfinished rollouts over the same sites as superseded, and returns their ids. */
  readonly supersede: (unfinished: readonly StoredRollout[]) => Promise<readonly string[]>;
  /** Writes the record now and then from now on. */
  readonly start: () => void;
  /** Writes the record, with every site's result, for the last time. */
  readonly finish: () => Promise<void>;
}

const reviewSchema = z.object({
  status: z.object({ userInfo: z.object({ username: z.string().default("") }).default({ username: "" }) }),
});

/** Saves come at growing intervals: soon at first, and few in a rollout of hours. */
const firstSaveMs = 5_000;
const longestSaveMs = 120_000;

/** Creates the record of a rollout, or takes up that of a resumed one. Nothing was changed before it is there. */
export async function beginRecord(options: {
  readonly client: ApiClient;
  readonly store: RolloutStore;
  readonly request: RolloutRequest;
  readonly state: RolloutState;
  readonly listed: { readonly date: Date | undefined };
  readonly stored: readonly ListedRollout[];
  readonly resumed: RolloutRecord | undefined;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Told what is not as it should be, and stops nothing. */
  readonly warn: (problem: string) => void;
}): Promise<RecordKeeper> {
  const { store, state, now } = options;
  const began = now();
  // Times in the record are by the API server's clock: its date of the list, and what has passed since.
  const serverMs = (time: number) => (options.listed.date?.getTime() ?? began) + (time - began);
  const serverTime = () => new Date(serverMs(now())).toISOString();
  let record = await firstRecord(options, serverTime());
  const startedMs = Date.parse(record.startedAt);
  const earlier = await earlierSites(options);
  const sites = () => recordedSites(state, (time) => serverMs(time) - startedMs, earlier);
  let timer: NodeJS.Timeout | undefined;
  let saving: Promise<void> = Promise.resolve();
  let isEnding = false;
  let intervalMs = firstSaveMs;

  if (options.resumed !== undefined) await store.order(record.id, null);
  await store.save(record, sites());
  await prune(options);

  function scheduleSave(): void {
    timer = setTimeout(() => {
      record = updateRecord(record, state, serverTime());
      intervalMs = Math.min(intervalMs * 2, longestSaveMs);
      // One at a time: of two on their way, the older might be the one that stays. A save that fails is made good by
      // the next one.
      saving = store
        .save(record, sites())
        .catch(() => undefined)
        .then(() => (isEnding ? undefined : scheduleSave()));
    }, intervalMs);
  }

  return {
    async supersede(unfinished) {
      const ours = new Set(state.order.map((site) => site.key));
      const superseded: string[] = [];
      for (const stored of unfinished) {
        if (stored.record.id === record.id) continue;
        const results = await stored.results();
        if (results !== undefined && !results.some((site) => ours.has(siteKey(site)))) continue;
        await store.save({
          ...stored.record,
          phase: "Aborted",
          cause: "superseded",
          supersededBy: record.id,
          updatedAt: serverTime(),
          finishedAt: serverTime(),
        });
        superseded.push(stored.record.id);
      }
      if (superseded.length > 0) {
        record = { ...record, supersedes: [...record.supersedes, ...superseded] };
        await store.save(record);
      }
      return superseded;
    },
    start: scheduleSave,
    async finish() {
      isEnding = true;
      clearTimeout(timer);
      await saving;
      record = updateRecord(record, state, serverTime());
      await store.save(record, sites());
    },
  };
}

/** Old records are no reason not to start: who may not delete them leaves them there. */
async function prune(options: Parameters<typeof beginRecord>[0]): Promise<void> {
  try {
    await options.store.prune(options.stored);
  } catch (error) {
    if (!(error instanceof ApiError) && !(error instanceof UnreachableError)) throw error;
    options.warn(
      `old rollouts' records in namespace ${options.store.namespace} could not be deleted: ${error.message}`,
    );
  }
}

/** What the record of a resumed rollout says of its sites so far. */
async function earlierSites(options: Parameters<typeof beginRecord>[0]) {
  const before = options.stored.find(({ record }) => record.id === options.resumed?.id);
  const sites = (await before?.timeline()) ?? [];
  return new Map(sites.map((site) => [siteKey(site), site]));
}

async function firstRecord(options: Parameters<typeof beginRecord>[0], time: string): Promise<RolloutRecord> {
  const { state, request } = options;
  if (options.resumed !== undefined) return updateRecord(options.resumed, state, time);
  return {
    version: rolloutRecordVersion,
    id: state.plan.id,
    ...recordedRequest(request),
    phase: "Progressing",
    startedAt: time,
    updatedAt: time,
    startedBy: await whoAmI(options.client, options.signal),
    supersedes: [],
    counts: countOutcomes(state),
    from: fromImages(state.plan.sites),
  };
}

/** The user by whom the API server knows us, as `kubectl auth whoami` asks. */
async function whoAmI(client: ApiClient, signal: AbortSignal): Promise<string> {
  const { body } = await client.request({
    method: "POST",
    path: resourcePath({ apiVersion: "authentication.k8s.io/v1", resource: "selfsubjectreviews" }),
    body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    signal,
  });
  return reviewSchema.parse(body).status.userInfo.username;
}
