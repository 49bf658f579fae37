/** Does one thing with each item, in order, at most `limit` at a time. The first error ends it. */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  // The workers share one iterator: each takes the next item that none has.
  const remaining = Iterator.from(items);
  const work = async (): Promise<void> => {
    for (const item of remaining) await act(item);
  };
  await Promise.all(Array.from({ length: limit }, work));
}
