import { judgeCreation } from "../../shared/policy/judge-creation.ts";
import { memberAt, stringMember } from "../../shared/policy/json.ts";
import type { Limits } from "../../shared/policy/limits.ts";
import type { FlagValues } from "../command.ts";
import type { lintFlags } from "../commands/lint.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { judgeReview } from "./judge-review.ts";
import { parseManifests } from "./manifest-documents.ts";
import { readManifestSources } from "./manifest-files.ts";
import { readLimits } from "./read-limits.ts";
import { verdictOf } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";
import { writeVerdicts } from "./write-verdicts.ts";

/** Checks manifests against the limits: one verdict a document, in order. */
export async function lint(flags: FlagValues<typeof lintFlags>, io: Io): Promise<number> {
  if (flags.filename.length === 0)
    throw new UsageError("lint needs -f FILE, a folder, or - for standard input");
  const limits = await readLimits(flags["limits-file"], io.env);
  const sources = await readManifestSources(flags.filename, flags.recursive, io);
  const namespace = flags.namespace ?? "";
  const verdicts = sources
    .flatMap(parseManifests)
    .map((document) => judgeDocument(document, limits, namespace, io.now()));
  if (verdicts.length === 0)
    throw new UsageError("nothing to check: -f names no manifest with anything in it");
  return writeVerdicts(verdicts, flags.output, io);
}

function judgeDocument(document: unknown, limits: Limits, namespace: string, now: number): Verdict {
  if (stringMember(document, "kind") === "AdmissionReview")
    return judgeReview(document, limits, namespace, now);
  const ownNamespace = memberAt(document, "metadata", "namespace");
  const within = typeof ownNamespace === "string" ? ownNamespace : namespace;
  return verdictOf(document, within, judgeCreation(document, limits, { namespace: within, now }));
}
