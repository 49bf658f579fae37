import type { FlagValues } from "../command.ts";
import type { queueInitFlags } from "../commands/queue-init.ts";
import { exitCodes, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { openQueue } from "./open-queue.ts";

/** Sets up the queue's database. */
export async function initQueue(flags: FlagValues<typeof queueInitFlags>, io: Io): Promise<number> {
  if (!/^[\w.-]{1,100}$/.test(flags.role))
    throw new UsageError("--role is letters, digits, dots, hyphens and underscores");
  const queue = openQueue(flags["couchdb-url"], io);
  await queue.init(flags.role);
  io.stdout.write(`queue ${queue.address} is set up for the role ${flags.role}\n`);
  return exitCodes.done;
}
