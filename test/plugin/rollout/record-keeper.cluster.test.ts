import { afterEach, expect, test, vi } from "vitest";
import { beginRecord } from "../../../plugin/rollout/record-keeper.ts";
import type { RolloutStore } from "../../../plugin/rollout/rollout-store.ts";
import { requestOfRecord } from "../../../plugin/rollout/rollout-request.ts";
import { advance } from "../../../shared/rollout/rollout-machine.ts";
import { planUpgrade } from "../../../shared/rollout/plan-upgrade.ts";
import { createRolloutState } from "../../../shared/rollout/rollout-state.ts";
import { defaultStrategy } from "../../../shared/rollout/strategy.ts";
import { createTestNamespace } from "../../control-plane/test-cluster.ts";
import { observedSite, replicaSetIndex } from "../../shared/rollout/site-fixture.ts";
import { openStore, rolloutRecord, siteResult } from "./stored-rollouts.ts";

afterEach(() => {
  vi.useRealTimers();
});

const record = rolloutRecord();

/** The record of a rollout of one site, kept in a namespace of its own, by way of `through`. */
async function keepRecord(through: (store: RolloutStore) => RolloutStore = (store) => store) {
  const { client, store } = openStore(await createTestNamespace("keeper"));
  await store.save(record, []);
  const plan = planUpgrade([observedSite()], replicaSetIndex(), {
    id: record.id,
    container: "subscribie",
    strategy: defaultStrategy.upgrade,
    target: { kind: "tag", tag: "v0.11" },
  });
  const state = createRolloutState(plan, 0);
  const keeper = await beginRecord({
    client,
    state,
    request: requestOfRecord(record),
    stored: [],
    resumed: record,
    store: through(store),
    listed: { date: new Date(record.startedAt) },
    now: () => 0,
    signal: new AbortController().signal,
    warn: () => undefined,
  });
  return { keeper, state, store };
}

test("saves go one after another, so that the last one is the one that stays", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const answer = Promise.withResolvers<void>();
  const saves = { begun: 0, onTheirWay: 0, mostAtOnce: 0 };
  const { keeper, state, store } = await keepRecord((real) => ({
    ...real,
    async save(...saved) {
      saves.begun += 1;
      saves.onTheirWay += 1;
      saves.mostAtOnce = Math.max(saves.mostAtOnce, saves.onTheirWay);
      // The first one, of the beginning, is awaited by beginRecord.
      if (saves.begun > 1) await answer.promise;
      await real.save(...saved);
      saves.onTheirWay -= 1;
    },
  }));
  keeper.start();
  await vi.advanceTimersByTimeAsync(60_000);
  advance(state, { type: "stopRequested", cause: "interrupt" }, 1);
  const finished = keeper.finish();
  answer.resolve();
  await finished;
  expect(saves).toEqual({ begun: 3, onTheirWay: 0, mostAtOnce: 1 });
  expect((await store.read(record.id)).record).toMatchObject({ phase: "Paused", cause: "interrupt" });
});

test("a record says at once which ones it supersedes", async () => {
  const { keeper, store } = await keepRecord();
  const id = "u-20261123-193015-bbbb";
  await store.save(rolloutRecord({ id, phase: "Paused" }), [siteResult("soap-and-sons", "pending")]);
  expect(await keeper.supersede([await store.read(id)])).toEqual([id]);
  expect((await store.read(record.id)).record.supersedes).toEqual([id]);
  expect((await store.read(id)).record).toMatchObject({ phase: "Aborted", supersededBy: record.id });
});
