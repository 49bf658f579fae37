import type { SiteResult } from "../../shared/rollout/rollout-result.ts";
import type { Io } from "../io.ts";
import { warn } from "../terminal/warn.ts";
import type { StoredRollout } from "./rollout-store.ts";

/** A rollout's results by site; undefined, and a warning, where they are damaged: its counts are still true. */
export async function readResults(
  { record, results }: StoredRollout,
  io: Io,
): Promise<readonly SiteResult[] | undefined> {
  const sites = await results();
  if (sites === undefined) {
    warn(io, `the results by site of rollout ${record.id} are damaged; only its counts are shown`);
  }
  return sites;
}
