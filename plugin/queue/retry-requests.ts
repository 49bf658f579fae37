import { printable } from "../../shared/text/printable.ts";
import type { FlagValues } from "../command.ts";
import type { queueRetryFlags } from "../commands/queue-retry.ts";
import { CommandError, exitCodes, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { requeued } from "./bookkeeping.ts";
import type { QueueDocument } from "./bookkeeping.ts";
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
  const missing = new Set(chosen);
  const problems: string[] = [];
  for await (const { documents, tooLong } of queue.read(chosen)) {
    for (const id of tooLong) {
      missing.delete(id);
      problems.push(`${printable(id, 80)} has too many bytes to be read`);
    }
    for (const document of documents) {
      missing.delete(document.id);
      const problem = await retryRequest(document, queue, io);
      if (problem !== undefined) problems.push(problem);
    }
  }
  problems.push(...Array.from(missing, (id) => `there is no request ${printable(id, 80)}`));
  if (problems.length > 0) throw new CommandError(problems.join("; "));
  return exitCodes.done;
}

/** @returns why it is not queued again */
async function retryRequest(document: QueueDocument, queue: SiteQueue, io: Io): Promise<string | undefined> {
  const name = printable(document.id, 80);
  if (document.deployment?.status === "deploying") return `${name} is being deployed`;
  const outcome = await queue.write(requeued(document, io.now()));
  if (outcome.kind === "conflict") return `${name} was changed by somebody else; try again`;
  if (outcome.kind === "refused") return `${name} was not queued again: ${outcome.reason}`;
  io.stdout.write(`request/${name} queued\n`);
  return undefined;
}

async function failedIds(queue: SiteQueue): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const page of queue.entries("failed")) ids.push(...page.map(({ id }) => id));
  return ids;
}
