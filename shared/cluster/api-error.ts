import * as z from "zod";
import { printable } from "../text/printable.ts";

/** One entry of a Status object's `details.causes`: a field and what is wrong with it. */
export interface ApiErrorCause {
  readonly field: string;
  readonly reason: string;
  readonly message: string;
}

/**
 * What the API server answered instead of the wanted object: its Status object, read once, its texts bounded and
 * safe to print. A failed `test` of a JSON Patch is a 422 without causes; a webhook's refusal carries the webhook's
 * own code.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly reason: string;
  readonly causes: readonly ApiErrorCause[];
  /** Seconds that the server asks to wait, from the Retry-After header. */
  readonly retryAfterSeconds: number | undefined;

  constructor(answer: {
    status: number;
    reason: string;
    message: string;
    causes?: readonly ApiErrorCause[];
    retryAfterSeconds?: number | undefined;
  }) {
    super(answer.message);
    this.status = answer.status;
    this.reason = answer.reason;
    this.causes = answer.causes ?? [];
    this.retryAfterSeconds = answer.retryAfterSeconds;
  }
}

/** No HTTP answer at all: refused, reset, timed out, a name that does not resolve, a certificate not trusted. */
export class UnreachableError extends Error {
  override readonly name: string = "UnreachableError";
}

/**
 * Nothing was asked, since the credentials to ask with could not be had: an exec plugin that failed, a certificate that
 * is no file. It may pass by itself, as an UnreachableError does: a token is renewed while the network is away, a file
 * is read while it is being replaced.
 */
export class CredentialsError extends UnreachableError {
  override readonly name = "CredentialsError";
}

/**
 * An API server that has just started knows no role yet and refuses for a moment what it allowed before: its RBAC
 * authorizer answers from a cache that is still being filled. Only a refusal that lasts longer is one.
 */
export const refusalPatienceMs = 10_000;

/** Refused because of who asks. A webhook that refuses what is asked may say 403 too. */
export function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}

const statusSchema = z.object({
  message: z.string().default(""),
  reason: z.string().default(""),
  details: z
    .object({
      causes: z
        .array(
          z.object({
            field: z.string().default(""),
            reason: z.string().default(""),
            message: z.string().default(""),
          }),
        )
        .default([]),
    })
    .optional(),
});

const longestMessage = 2_000;
const mostCauses = 50;

/** Reads an error answer; a body that is no Status object (a proxy's page, say) still gives one safe line. */
export function parseApiError(status: number, body: string, retryAfter: string | undefined): ApiError {
  const retryAfterSeconds = parseRetryAfter(retryAfter);
  const parsed = statusSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    const message = body.trim() === "" ? `HTTP ${status}` : `HTTP ${status}: ${printable(body.trim(), 300)}`;
    return new ApiError({ status, reason: "", message, retryAfterSeconds });
  }
  const { message, reason, details } = parsed.data;
  const causes = (details?.causes ?? []).slice(0, mostCauses).map((cause) => ({
    field: printable(cause.field, 300),
    reason: printable(cause.reason, 100),
    message: printable(cause.message, 500),
  }));
  return new ApiError({
    status,
    reason: printable(reason, 100),
    message: printable(message, longestMessage) || `HTTP ${status}`,
    causes,
    retryAfterSeconds,
  });
}

function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
