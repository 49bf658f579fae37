import type { ApiClient, ApiResponse } from "./api-client.ts";

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Validate in the API server, its webhooks included, and store nothing. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Server-side apply, never forced: a field that another manager owns is a 409 with its causes.
 *
 * @param path from `resourcePath`, of the object itself
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export async function applyObject(
  client: ApiClient,
  path: string,
  object: unknown,
  options: ApplyOptions,
): Promise<ApiResponse> {
  return await client.request({
    method: "PATCH",
    path,
    // JSON is YAML, and the API server has taken this content type for apply since it exists.
    contentType: "application/apply-patch+yaml",
    query: {
      fieldManager: options.fieldManager,
      fieldValidation: "Strict",
      dryRun: options.dryRun === true ? "All" : undefined,
    },
    body: object,
    signal: options.signal,
  });
}
