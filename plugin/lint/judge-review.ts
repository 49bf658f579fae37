import { applyPatch } from "../../shared/policy/apply-patch.ts";
import { evaluate } from "../../shared/policy/evaluate.ts";
import type { Evaluation } from "../../shared/policy/evaluate.ts";
import { judgeCreation } from "../../shared/policy/judge-creation.ts";
import { completeRequest, judgeRequest } from "../../shared/policy/judge-request.ts";
import type { PolicyRequest } from "../../shared/policy/judge-request.ts";
import { member, memberAt, stringMember } from "../../shared/policy/json.ts";
import type { Limits } from "../../shared/policy/limits.ts";
import { printable } from "../../shared/text/printable.ts";
import { createViolation } from "../../shared/policy/violation.ts";
import { verdictOf } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/**
 * Judges a recorded AdmissionReview as the webhook would: first its mutating half, then its validating one. One that
 * was written by hand and does not say which resource it is about is judged by its object.
 *
 * @param namespace of a request that names none
 */
export function judgeReview(review: unknown, limits: Limits, namespace: string, now: number): Verdict {
  const raw = member(review, "request");
  const request = parseRequest(raw, stringMember(raw, "namespace") ?? namespace);
  const evaluation =
    request.resource.resource === ""
      ? evaluateObject(request, limits, now)
      : evaluateRequest(request, limits, now);
  return verdictOf(request.object ?? request.oldObject, request.namespace, evaluation);
}

type ReadRequest = PolicyRequest & { readonly namespace: string };

function parseRequest(request: unknown, namespace: string): ReadRequest {
  const text = (...keys: string[]) => {
    const value = memberAt(request, ...keys);
    return typeof value === "string" ? value : "";
  };
  return {
    resource: {
      group: text("resource", "group"),
      version: text("resource", "version"),
      resource: text("resource", "resource"),
    },
    subResource: text("subResource"),
    operation: text("operation"),
    namespace,
    userInfo: { username: text("userInfo", "username") },
    object: member(request, "object"),
    oldObject: member(request, "oldObject"),
  };
}

function evaluateObject(
  { operation, object, oldObject, namespace }: ReadRequest,
  limits: Limits,
  now: number,
): Evaluation {
  return operation === "UPDATE"
    ? evaluate(object, limits, { operation, namespace, oldObject, now })
    : judgeCreation(object, limits, { namespace, now });
}

function evaluateRequest(request: ReadRequest, limits: Limits, now: number): Evaluation {
  const judgement = judgeRequest({ ...request, object: completed(request, limits) }, limits, now);
  switch (judgement.outcome) {
    case "evaluated":
      return judgement.evaluation;
    case "unasked":
      return nothingFound;
    case "refused":
      return refusal("request.operation", judgement.message);
    case "malformed":
      return refusal("request.object", judgement.message);
  }
}

function completed(request: ReadRequest, limits: Limits): unknown {
  const completion = completeRequest(request, limits);
  if (completion === undefined || "outcome" in completion) return request.object;
  return applyPatch(request.object, completion.operations);
}

const nothingFound: Evaluation = { violations: [], warnings: [], warned: [], audits: [], exempted: [] };

function refusal(path: string, found: string): Evaluation {
  return {
    ...nothingFound,
    violations: [createViolation("well-formed", path, printable(found, 300), "what this policy knows")],
  };
}
