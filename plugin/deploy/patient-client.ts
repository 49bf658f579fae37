import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError, UnreachableError } from "../../shared/cluster/api-error.ts";
import { retry } from "../retry.ts";

/**
 * An API client that sends a request again while the API server is away. For requests that may be sent twice: reads,
 * server-side apply, and creates whose AlreadyExists is looked into.
 */
export function createPatientClient(
  client: ApiClient,
  options: { readonly patienceMs: number; readonly signal: AbortSignal },
): ApiClient {
  return {
    ...client,
    async request(request) {
      return await retry(async () => await client.request(request), { ...options, isTemporary });
    },
  };
}

function isTemporary(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  return error instanceof ApiError && (error.status === 429 || error.status >= 500);
}
