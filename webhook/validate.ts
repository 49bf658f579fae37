import type { AdmissionRequest, Decision } from "./admission-review.ts";
import { denialMessage } from "./denial-message.ts";
import { objectOf, reviewedResource } from "./reviewed-resources.ts";
import type { ReviewedResource } from "./reviewed-resources.ts";
import { isTrustedUser } from "./trusted-users.ts";
import { evaluate } from "../shared/policy/evaluate.ts";
import type { Evaluation } from "../shared/policy/evaluate.ts";
import type { Limits } from "../shared/policy/limits.ts";
import type { Violation } from "../shared/policy/violation.ts";
import { printable } from "../shared/text/printable.ts";

/** The API server cuts warnings of more than 256 characters, and all of them beyond 4096 together. */
const maximumWarningLength = 240;
const maximumWarnings = 15;

/** The API server keeps audit annotations whole; a hostile object must not make its audit log grow. */
const maximumAnnotationLength = 2000;

export interface Verdict {
  readonly decision: Decision;
  /** Undefined where the policy was not asked. */
  readonly evaluation: Evaluation | undefined;
}

const unasked: Verdict = { decision: { allowed: true }, evaluation: undefined };

/**
 * The validating half: the last word on what makes pods.
 *
 * - Resources that the policy does not know (other groups', status, bindings): allowed.
 * - DELETE and CONNECT: allowed, since they make nothing.
 * - Another version of a known resource, or another operation: refused. It is newer than this policy, and a way around it.
 * - Dry runs and objects that are being deleted: judged like all others.
 *
 * @param now milliseconds since 1970
 */
export function validate(request: AdmissionRequest, limits: Limits, now: number): Verdict {
  const reviewed = reviewedResource(request);
  const { operation, resource } = request;
  if (reviewed === undefined || operation === "DELETE" || operation === "CONNECT") return unasked;
  if (resource.version !== reviewed.version || (operation !== "CREATE" && operation !== "UPDATE")) {
    return refusal(
      `this policy does not know ${operation} of ${resource.group}/${resource.version} ${resource.resource}`,
    );
  }
  if (reviewed.review === "workload" && isTrustedUser(request.userInfo?.username, limits)) return unasked;
  const object = objectOf(request, reviewed);
  const { namespace, oldObject } = request;
  const evaluation = evaluate(object, limits, { operation, namespace, oldObject, now });
  return { decision: decide(evaluation, reviewed, operation), evaluation };
}

function refusal(message: string): Verdict {
  return { decision: { allowed: false, message: printable(message, 300) }, evaluation: undefined };
}

function decide(
  evaluation: Evaluation,
  reviewed: ReviewedResource,
  operation: "CREATE" | "UPDATE",
): Decision {
  const auditAnnotations = {
    ...annotation("violations", evaluation.violations),
    ...annotation("warned", evaluation.warned),
    ...annotation("audited", evaluation.audits),
    ...annotation(
      "exempted",
      evaluation.exempted.map(({ violation }) => violation),
    ),
  };
  // Pods that a site's controllers made are not bare pods' equals: what was so before is nobody's news.
  const isNews = reviewed.review !== "workload" || operation === "CREATE";
  const warnings = isNews ? evaluation.warnings.slice(0, maximumWarnings).map(formatWarning) : [];
  if (evaluation.violations.length === 0) return { allowed: true, warnings, auditAnnotations };
  return { allowed: false, message: denialMessage(evaluation.violations), warnings, auditAnnotations };
}

function formatWarning(warning: string): string {
  return printable(`subscribie: ${warning}`, maximumWarningLength);
}

function annotation(key: string, violations: readonly Violation[]): Record<string, string> {
  if (violations.length === 0) return {};
  const text = violations.map(({ control, path }) => `${control} ${path}`).join("; ");
  return { [key]: printable(text, maximumAnnotationLength) };
}
