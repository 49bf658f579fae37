import type { Decision } from "./admission-review.ts";
import type { AdmissionRequest } from "./admission-review.ts";
import { objectOf, reviewedResource } from "./reviewed-resources.ts";
import { completeSite } from "../shared/policy/defaults.ts";
import type { Limits } from "../shared/policy/limits.ts";
import { printable } from "../shared/text/printable.ts";

/** The API wants warnings of at most 120 characters. */
const maximumWarningLength = 120;

/**
 * The mutating half: labels and safe defaults for sites. Whatever else it is asked about, and whatever is on its way
 * out, is allowed as it is: refusing is the validating half's business.
 */
export function mutate(request: AdmissionRequest, limits: Limits): Decision {
  const reviewed = reviewedResource(request);
  if (reviewed?.review !== "site" || request.resource.version !== reviewed.version) return { allowed: true };
  if (request.operation !== "CREATE" && request.operation !== "UPDATE") return { allowed: true };
  const object = objectOf(request, reviewed);
  const oldObject = request.operation === "UPDATE" ? request.oldObject : undefined;
  const { operations, set } = completeSite(object, oldObject, limits);
  if (operations.length === 0) return { allowed: true };
  const warning = printable(`subscribie: set where you were silent: ${set.join(", ")}`, maximumWarningLength);
  return { allowed: true, patch: operations, warnings: [warning] };
}
