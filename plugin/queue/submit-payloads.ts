import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../shared/site/json-value.ts";
import { deriveSiteName } from "../../shared/site/site-name.ts";
import { parseSiteRequest } from "../../shared/site/site-request.ts";
import { printable } from "../../shared/text/printable.ts";
import type { FlagValues } from "../command.ts";
import type { submitFlags } from "../commands/submit.ts";
import { readPayloads } from "../deploy/read-payloads.ts";
import type { NamedPayload } from "../deploy/read-payloads.ts";
import { CommandError, exitCodes, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { writeDocument } from "../terminal/document.ts";
import type { NewDocument } from "./bookkeeping.ts";
import { openQueue } from "./open-queue.ts";

/** Puts shop payloads into the queue, all or none of them as far as their content goes. */
export async function submitPayloads(flags: FlagValues<typeof submitFlags>, io: Io): Promise<number> {
  if (flags.filename.length === 0)
    throw new UsageError("nothing to submit; name a file with -f, or - for stdin");
  const queue = openQueue(flags["couchdb-url"], io);
  const payloads = await readPayloads(flags.filename, io);
  if (payloads.length === 0) io.stderr.write("Nothing to submit.\n");
  const mistakes = payloads.flatMap(findMistakes);
  if (mistakes.length > 0) throw new CommandError(`nothing was submitted: ${mistakes.join("; ")}`);

  await queue.prepare();
  const queuedAt = new Date(io.now()).toISOString();
  const documents = payloads.map(({ payload }) => newDocument(payload, queuedAt));
  const outcomes = await Promise.all(documents.map(async (document) => await queue.write(document)));
  const submitted = documents.filter((_, index) => outcomes[index]?.kind === "written").map(({ _id }) => _id);
  write(submitted, flags.output, io);
  const [refusal] = outcomes.flatMap((outcome, index) => {
    const id = printable(documents[index]?._id ?? "", 80);
    if (outcome.kind === "refused") return [`${id} was refused: ${outcome.reason}`];
    return outcome.kind === "conflict"
      ? [`there is a document ${id} already; submit it under another _id`]
      : [];
  });
  if (refusal === undefined) return exitCodes.done;
  const left = outcomes.length - submitted.length;
  throw new CommandError(`${left} of ${outcomes.length} requests were not submitted: ${refusal}`);
}

function newDocument(payload: JsonObject, queuedAt: string): NewDocument {
  const id = typeof payload["_id"] === "string" ? payload["_id"] : randomUUID();
  return { ...payload, _id: id, deployment: { status: "queued", queuedAt } };
}

function findMistakes({ source, payload }: NamedPayload): readonly string[] {
  if (Object.hasOwn(payload, "deployment")) {
    return [`${source}: deployment: is the deployer's own field; leave it out`];
  }
  const parsed = parseSiteRequest(payload);
  if (!parsed.ok) return parsed.reasons.map((reason) => `${source}: ${reason}`);
  const name = deriveSiteName(parsed.request.companyName);
  return name.ok ? [] : [`${source}: ${name.reason}`];
}

function write(ids: readonly string[], output: "json" | "yaml" | "name" | undefined, io: Io): void {
  if (output === "json" || output === "yaml") writeDocument(io.stdout, output, { submitted: ids });
  else if (output === "name") io.stdout.write(ids.map((id) => `${printable(id)}\n`).join(""));
  else io.stdout.write(ids.map((id) => `request/${printable(id)} submitted\n`).join(""));
}
