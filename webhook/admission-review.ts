import * as z from "zod";
import type { PatchOperation } from "../shared/policy/patch-builder.ts";

/**
 * AdmissionReview v1 as it arrives and as it is answered.
 * Source: k8s.io/api admission/v1/types.go; what the API server verifies of an answer is in k8s.io/apiserver
 * pkg/admission/plugin/webhook/request/admissionreview.go.
 */

const text = z.string().max(1024);

const groupVersionResource = z.object({ group: text, version: text, resource: text });

const reviewSchema = z.object({
  apiVersion: z.literal("admission.k8s.io/v1"),
  kind: z.literal("AdmissionReview"),
  request: z.object({
    uid: z.string().min(1).max(256),
    resource: groupVersionResource,
    // The API treats null as absent.
    subResource: text.nullish(),
    operation: text,
    /** Empty on a CREATE with generateName. */
    name: text.nullish(),
    namespace: text.nullish(),
    userInfo: z.object({ username: text.nullish() }).nullish(),
    /** Null on a DELETE. */
    object: z.unknown().optional(),
    /** Null on a CREATE. */
    oldObject: z.unknown().optional(),
    dryRun: z.boolean().nullish(),
  }),
});

export type AdmissionRequest = z.output<typeof reviewSchema>["request"];

/** Bytes that are no AdmissionReview v1; `message` says why, in one line. */
export class MalformedReviewError extends Error {
  override readonly name = "MalformedReviewError";
}

/** Reads a request's body. Of the review's own fields everything is checked; the objects in it are anything. */
export function parseReview(body: Buffer): AdmissionRequest {
  let content: unknown;
  try {
    content = JSON.parse(body.toString("utf8"));
  } catch {
    throw new MalformedReviewError("the body is not JSON");
  }
  const review = reviewSchema.safeParse(content);
  if (review.success) return review.data.request;
  const mistakes = review.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new MalformedReviewError(
    `the body is no AdmissionReview of admission.k8s.io/v1: ${mistakes.join("; ")}`,
  );
}

/** What becomes of a request. */
export type Decision = Allowed | Denied;

interface Allowed {
  readonly allowed: true;
  readonly patch?: readonly PatchOperation[];
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

interface Denied {
  readonly allowed: false;
  readonly message: string;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** The answer to a review: the request's uid, and a patch only where there is something to patch. */
export function formatAnswer(uid: string, decision: Decision): string {
  const { warnings = [], auditAnnotations = {} } = decision;
  const response = {
    uid,
    allowed: decision.allowed,
    ...(warnings.length > 0 ? { warnings } : {}),
    ...(Object.keys(auditAnnotations).length > 0 ? { auditAnnotations } : {}),
    ...(decision.allowed
      ? formatPatch(decision.patch)
      : { status: { code: 403, reason: "Forbidden", message: decision.message } }),
  };
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
}

function formatPatch(patch: Allowed["patch"]): object {
  if (patch === undefined || patch.length === 0) return {};
  return { patchType: "JSONPatch", patch: Buffer.from(JSON.stringify(patch)).toString("base64") };
}
