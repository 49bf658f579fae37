import { completeSite } from "./defaults.ts";
import type { Defaulting } from "./defaults.ts";
import { evaluate } from "./evaluate.ts";
import type { Evaluation } from "./evaluate.ts";
import { stringMember } from "./json.ts";
import type { Limits } from "./limits.ts";
import { reviewedResource } from "./reviewed-resources.ts";
import type { ReviewedResource } from "./reviewed-resources.ts";
import { isTrustedUser } from "./trusted-users.ts";

/** What the policy has to know of a request for admission, named as an AdmissionReview names it. */
export interface PolicyRequest {
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string | null | undefined;
  readonly operation: string;
  readonly namespace?: string | null | undefined;
  readonly userInfo?: { readonly username?: string | null | undefined } | null | undefined;
  readonly object?: unknown;
  readonly oldObject?: unknown;
}

/** What the policy says of a request. */
export type Judgement =
  /** Nothing: the request is allowed without a look at its object. */
  | { readonly outcome: "unasked" }
  /** The request contradicts itself: nobody sends it who means well. */
  | { readonly outcome: "malformed"; readonly message: string }
  /** Refused whatever the object is. */
  | { readonly outcome: "refused"; readonly message: string }
  | {
      readonly outcome: "evaluated";
      readonly evaluation: Evaluation;
      readonly review: ReviewedResource["review"];
    };

const unasked: Judgement = { outcome: "unasked" };

/**
 * Judges a request, whatever it is about:
 *
 * - Resources that the policy does not know (other groups', status, bindings): unasked.
 * - DELETE and CONNECT: unasked, since they make nothing.
 * - Another version of a known resource, or another operation: refused. It is newer than this policy, and a way around it.
 * - Dry runs and objects that are being deleted: evaluated like all others.
 *
 * @param now milliseconds since 1970
 */
export function judgeRequest(request: PolicyRequest, limits: Limits, now: number): Judgement {
  const reviewed = reviewedResource(request);
  const { operation, resource, object, oldObject } = request;
  if (reviewed === undefined || operation === "DELETE" || operation === "CONNECT") return unasked;
  if (resource.version !== reviewed.version || (operation !== "CREATE" && operation !== "UPDATE")) {
    return {
      outcome: "refused",
      message: `this policy does not know ${operation} of ${resource.group}/${resource.version} ${resource.resource}`,
    };
  }
  if (reviewed.review === "workload" && isTrustedUser(request.userInfo?.username ?? undefined, limits))
    return unasked;
  if (!isOfKind(object, reviewed)) return mismatch(request, reviewed);
  const namespace = request.namespace ?? undefined;
  const evaluation = evaluate(object, limits, { operation, namespace, oldObject, now });
  return { outcome: "evaluated", evaluation, review: reviewed.review };
}

/**
 * What a site's labels and defaults change about a request's object; undefined for requests that are not about a site
 * in the making, and for a site that needs nothing. Refusing is not its business.
 */
export function completeRequest(
  request: PolicyRequest,
  limits: Limits,
): Defaulting | Extract<Judgement, { outcome: "malformed" }> | undefined {
  const reviewed = reviewedResource(request);
  const { operation, resource, object, oldObject } = request;
  if (reviewed?.review !== "site" || resource.version !== reviewed.version) return undefined;
  if (operation !== "CREATE" && operation !== "UPDATE") return undefined;
  if (!isOfKind(object, reviewed)) return mismatch(request, reviewed);
  const defaulting = completeSite(object, operation === "UPDATE" ? oldObject : undefined, limits);
  return defaulting.operations.length === 0 ? undefined : defaulting;
}

/** A crafted request could otherwise have one thing judged by the rules of another. */
function isOfKind(object: unknown, { kind }: ReviewedResource): boolean {
  return stringMember(object, "kind") === kind;
}

function mismatch({ resource }: PolicyRequest, { kind }: ReviewedResource) {
  return {
    outcome: "malformed" as const,
    message: `request.object is not a ${kind}, which the resource ${resource.resource} needs`,
  };
}
