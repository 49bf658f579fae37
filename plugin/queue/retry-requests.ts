import { printable } from "../../shared/text/printable.ts";
import type { FlagValues } from "../command.ts";
import type { queueRetryFlags } from "../commands/queue-retry.ts";
import { CommandError, exitCodes, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { requeued } from "./bookkeeping.ts";
import { openQueue } from "./open-queue.ts";
import type { SiteQueue } from "./site-queue.ts";

/** Queues requests again. */
export async function retryRequests(
  flags: FlagValues<typeof queueRetryFlags>,
  ids: readonly string[],
  io: Io,
): Promise<number> {
  if (flags.all === ids.length > 0)
    throw new UsageError("name the requests to retry, or use --all for every failed one");
  const queue = openQueue(flags["couchdb-url"], io);
  await queue.prepare();
  const chosen = flags.all ? await failedIds(queue) : ids;
  if (chosen.length === 0) io.stderr.write("No request has failed.\n");
  const found = await queue.read(chosen);
  const missing = chosen.filter((id) => found.every((document) => document.id !== id));
  const busy: string[] = [];
  for (const document of found) {
    if (document.deployment?.status === "deploying") {
      busy.push(`${printable(document.id, 80)} is being deployed`);
      continue;
    }
    const outcome = await queue.write(requeued(document, io.now()));
    if (outcome.kind === "written") io.stdout.write(`request/${printable(document.id, 80)} queued\n`);
    else busy.push(`${printable(document.id, 80)} was changed by somebody else; try again`);
  }
  const problems = [...missing.map((id) => `there is no request ${printable(id, 80)}`), ...busy];
  if (problems.length > 0) throw new CommandError(problems.join("; "));
  return exitCodes.done;
}

async function failedIds(queue: SiteQueue): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const page of queue.entries("failed")) ids.push(...page.map(({ id }) => id));
  return ids;
}
