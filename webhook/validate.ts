import { MalformedReviewError } from "./admission-review.ts";
import type { AdmissionRequest, Decision } from "./admission-review.ts";
import { denialMessage } from "./denial-message.ts";
import type { Evaluation } from "../shared/policy/evaluate.ts";
import { judgeRequest } from "../shared/policy/judge-request.ts";
import type { Judgement } from "../shared/policy/judge-request.ts";
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

/** The validating half: the last word on what makes pods. @param now milliseconds since 1970 */
export function validate(request: AdmissionRequest, limits: Limits, now: number): Verdict {
  const judgement = judgeRequest(request, limits, now);
  switch (judgement.outcome) {
    case "malformed":
      throw new MalformedReviewError(judgement.message);
    case "unasked":
      return { decision: { allowed: true }, evaluation: undefined };
    case "refused":
      return {
        decision: { allowed: false, message: printable(judgement.message, 300) },
        evaluation: undefined,
      };
    case "evaluated":
      return { decision: decide(judgement, request.operation), evaluation: judgement.evaluation };
  }
}

function decide(
  { evaluation, review }: Extract<Judgement, { outcome: "evaluated" }>,
  operation: string,
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
  const isNews = review !== "workload" || operation === "CREATE";
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
