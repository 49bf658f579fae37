import { MalformedReviewError } from "./admission-review.ts";
import type { AdmissionRequest, Decision } from "./admission-review.ts";
import { completeRequest } from "../shared/policy/judge-request.ts";
import type { Limits } from "../shared/policy/limits.ts";
import { printable } from "../shared/text/printable.ts";

/** The API wants warnings of at most 120 characters. */
const maximumWarningLength = 120;

/**
 * The mutating half: labels and safe defaults for sites. Whatever else it is asked about, and whatever is on its way
 * out, is allowed as it is: refusing is the validating half's business.
 */
export function mutate(request: AdmissionRequest, limits: Limits): Decision {
  const completion = completeRequest(request, limits);
  if (completion === undefined) return { allowed: true };
  if ("outcome" in completion) throw new MalformedReviewError(completion.message);
  const { operations, set } = completion;
  const warning = printable(`subscribie: set where you were silent: ${set.join(", ")}`, maximumWarningLength);
  return { allowed: true, patch: operations, warnings: [warning] };
}
