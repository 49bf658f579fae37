import { expect, vi } from "vitest";

/**
 * Waits until what is read equals `expected`; an asymmetric matcher (`expect.stringContaining`) may stand in for it.
 * As expect.poll, which does not know its test where several run concurrently.
 */
export async function eventually(read: () => unknown, expected: unknown): Promise<void> {
  await vi.waitFor(async () => expect(await read()).toEqual(expected), { timeout: 60_000, interval: 250 });
}
