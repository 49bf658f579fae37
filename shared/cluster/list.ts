import * as z from "zod";
import type { ApiClient } from "./api-client.ts";

export interface ListOptions {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects a page; kubectl's own 500 unless told. */
  readonly pageSize?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Of the whole list, the same on each page: a watch goes on from here. */
  readonly resourceVersion: string;
  /** The API server's clock when it answered. */
  readonly date: Date | undefined;
}

/** The shape that every list of the API has, its items raw. */
export const listSchema = z.object({
  metadata: z.object({ resourceVersion: z.string().default(""), continue: z.string().optional() }),
  // Go encodes an empty slice of some lists as null.
  items: z.array(z.unknown()).nullish(),
});

const kubectlPageSize = 500;

/**
 * The pages of a list. Each item is projected as its page arrives, so that ten thousand raw objects are never in
 * memory at once.
 */
export async function* listPages<T>(
  client: ApiClient,
  path: string,
  project: (raw: unknown) => T,
  options: ListOptions = {},
): AsyncGenerator<Page<T>> {
  let next: string | undefined;
  do {
    const { body, date } = await client.request({
      method: "GET",
      path,
      query: {
        labelSelector: options.labelSelector || undefined,
        fieldSelector: options.fieldSelector || undefined,
        limit: options.pageSize ?? kubectlPageSize,
        continue: next,
      },
      signal: options.signal,
    });
    const list = listSchema.parse(body);
    yield { items: (list.items ?? []).map(project), resourceVersion: list.metadata.resourceVersion, date };
    next = list.metadata.continue || undefined;
  } while (next !== undefined);
}

/** All pages at once, projected. */
export async function listAll<T>(
  client: ApiClient,
  path: string,
  project: (raw: unknown) => T,
  options: ListOptions = {},
): Promise<Page<T>> {
  const items: T[] = [];
  let resourceVersion = "";
  let date: Date | undefined;
  for await (const page of listPages(client, path, project, options)) {
    items.push(...page.items);
    ({ resourceVersion, date } = page);
  }
  return { items, resourceVersion, date };
}
