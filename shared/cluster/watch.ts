import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import type { ApiClient } from "./api-client.ts";
import { ApiError, isRefusal, parseApiError, refusalPatienceMs, UnreachableError } from "./api-error.ts";
import { listAll, type ListOptions } from "./list.ts";

export type WatchEvent<T> =
  /** Everything there is, after a (re-)list: what is not in it is gone. */
  | { readonly type: "listed"; readonly items: readonly T[] }
  /** Added or modified. */
  | { readonly type: "changed"; readonly object: T }
  | { readonly type: "deleted"; readonly object: T };

export interface WatchOptions extends Omit<ListOptions, "signal"> {
  /** Ends the watch; the generator then returns. */
  readonly signal: AbortSignal;
  /** Go on from a list made before; without it the watch begins with a list of its own. */
  readonly resourceVersion?: string;
  /** Told of each interruption that is mended by itself, and of its end (undefined). */
  readonly onInterruption?: (error: Error | undefined) => void;
}

const lineSchema = z.object({ type: z.string(), object: z.unknown() });
const metadataSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const statusSchema = z.object({ code: z.number().default(500) });

/** The server ends a watch itself after this long; the next one goes on where it ended. */
const watchSeconds = 300;
const firstBackoffMs = 250;
const longestBackoffMs = 5_000;

/**
 * Follows a collection until `signal`: one watch with bookmarks, resumed after each end, re-listed when the server
 * no longer has our place (410 Gone). A connection that is lost, or a server that is away, is tried again for as long
 * as the caller wants it, with pauses that grow until something is delivered. What cannot mend itself (401, 403, 404,
 * 400) is thrown; a refusal of what was allowed before only when it lasts.
 */
export async function* watchObjects<T>(
  client: ApiClient,
  path: string,
  project: (raw: unknown) => T,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const { signal } = options;
  let resourceVersion = options.resourceVersion;
  let backoffMs = firstBackoffMs;
  let wasAllowed = resourceVersion !== undefined;
  let interrupted = false;
  let refusedSince: number | undefined;

  function mended(): void {
    refusedSince = undefined;
    if (interrupted) options.onInterruption?.(undefined);
    interrupted = false;
  }

  function mendsItself(error: unknown): error is Error {
    if (isPassing(error)) return true;
    if (!wasAllowed || !isRefusal(error)) return false;
    refusedSince ??= performance.now();
    return performance.now() - refusedSince < refusalPatienceMs;
  }

  while (!signal.aborted) {
    try {
      if (resourceVersion === undefined) {
        const list = await listAll(client, path, project, options);
        wasAllowed = true;
        yield { type: "listed", items: list.items };
        mended();
        ({ resourceVersion } = list);
      }
      for await (const line of client.stream(watchRequest(path, resourceVersion, options), mended)) {
        const { type, object } = lineSchema.parse(JSON.parse(line));
        if (type === "ERROR")
          throw parseApiError(statusSchema.parse(object).code, JSON.stringify(object), undefined);
        backoffMs = firstBackoffMs;
        resourceVersion = metadataSchema.parse(object).metadata.resourceVersion;
        if (type === "ADDED" || type === "MODIFIED") yield { type: "changed", object: project(object) };
        else if (type === "DELETED") yield { type: "deleted", object: project(object) };
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status === 410) resourceVersion = undefined;
      else if (mendsItself(error)) {
        interrupted = true;
        options.onInterruption?.(error);
      } else throw error;
    }
    // After an orderly end too: a server that ends each watch at once would be asked without a pause.
    await delay(backoffMs, undefined, { signal }).catch(() => undefined);
    backoffMs = Math.min(backoffMs * 2, longestBackoffMs);
  }
}

function watchRequest(path: string, resourceVersion: string, options: WatchOptions) {
  return {
    method: "GET",
    path,
    query: {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion,
      timeoutSeconds: watchSeconds,
      labelSelector: options.labelSelector || undefined,
      fieldSelector: options.fieldSelector || undefined,
    },
    signal: options.signal,
  } as const;
}

/** A cut line (SyntaxError) is what a killed server leaves of its last event. */
function isPassing(error: unknown): error is Error {
  if (error instanceof UnreachableError || error instanceof SyntaxError) return true;
  return error instanceof ApiError && (error.status === 429 || error.status >= 500);
}
