import { secretKeys } from "../../shared/site/site-request.ts";
import { printable } from "../../shared/text/printable.ts";
import type { FlagValues } from "../command.ts";
import type { queueShowFlags } from "../commands/queue-show.ts";
import { CommandError, exitCodes } from "../errors.ts";
import type { Io } from "../io.ts";
import { writeDocument } from "../terminal/document.ts";
import { openQueue } from "./open-queue.ts";

/** Shows one document of the queue. Its secrets are masked. */
export async function showRequest(
  flags: FlagValues<typeof queueShowFlags>,
  id: string,
  io: Io,
): Promise<number> {
  const queue = openQueue(flags["couchdb-url"], io);
  const document = await queue.readOne(id);
  if (document === undefined)
    throw new CommandError(`there is no request ${printable(id, 80)} in ${queue.address}`);
  const masked = Object.fromEntries(
    Object.entries(document.body).map(([key, value]) => [
      key,
      secretKeys.some((secret) => secret === key) ? "<masked>" : value,
    ]),
  );
  writeDocument(io.stdout, flags.output, masked);
  return exitCodes.done;
}
