import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError, isRefusal, refusalPatienceMs, UnreachableError } from "../../shared/cluster/api-error.ts";
import { retry } from "../retry.ts";

/**
 * An API client that sends a request again while the API server is away, or has only just come back and refuses what
 * it allowed before. For requests that may be sent twice: reads, server-side apply, and creates whose AlreadyExists is
 * looked into.
 */
export function createPatientClient(
  client: ApiClient,
  options: { readonly patienceMs: number; readonly signal: AbortSignal },
): ApiClient {
  let wasAllowed = false;

  return {
    ...client,
    async request(request) {
      let refusedSince: number | undefined;

      function passes(error: unknown): boolean {
        if (isTemporary(error)) return true;
        if (!wasAllowed || !isAuthorizersRefusal(error)) return false;
        refusedSince ??= performance.now();
        return performance.now() - refusedSince < refusalPatienceMs;
      }

      const response = await retry(async () => await client.request(request), {
        ...options,
        isTemporary: passes,
      });
      wasAllowed = true;
      return response;
    },
  };
}

function isTemporary(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  return error instanceof ApiError && (error.status === 429 || error.status >= 500);
}

/**
 * Whether the API server refused because of who asks; a quota or a webhook answers 403 because of what is asked.
 * RBAC's own words: k8s.io/apiserver, pkg/endpoints/handlers/responsewriters/errors.go.
 */
export function isAuthorizersRefusal(error: unknown): boolean {
  return isRefusal(error) && (error.status === 401 || /cannot \w+ resource/.test(error.message));
}
