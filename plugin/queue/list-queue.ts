import { printable } from "../../shared/text/printable.ts";
import type { FlagValues } from "../command.ts";
import type { queueListFlags } from "../commands/queue-list.ts";
import { exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { formatAge } from "../terminal/age.ts";
import { writeDocument } from "../terminal/document.ts";
import { renderTable } from "../terminal/table.ts";
import { openQueue } from "./open-queue.ts";
import type { QueueEntry } from "./site-queue.ts";

/** Lists the requests of the queue, by status. */
export async function listQueue(flags: FlagValues<typeof queueListFlags>, io: Io): Promise<number> {
  const queue = openQueue(flags["couchdb-url"], io);
  await queue.prepare();
  const entries: QueueEntry[] = [];
  for await (const page of queue.entries(flags.status)) entries.push(...page);
  if (flags.output === "json" || flags.output === "yaml") {
    writeDocument(io.stdout, flags.output, { requests: entries });
  } else if (flags.output === "name") {
    io.stdout.write(entries.map(({ id }) => `${printable(id)}\n`).join(""));
  } else if (entries.length === 0) {
    io.stderr.write("No requests found.\n");
  } else {
    const headings = ["ID", "STATUS", "SITE", "ATTEMPTS", "AGE", "REASON"];
    const rows = entries.map((entry) => row(entry, io.now()));
    io.stdout.write(await renderTable(flags["no-headers"] ? undefined : headings, rows));
  }
  return exitCodes.done;
}

function row({ id, status, site, attempts, queuedAt, error }: QueueEntry, now: number): readonly string[] {
  return [id, status, site ?? "<none>", String(attempts), formatAge(queuedAt, now), error ?? "<none>"];
}
