/** Milliseconds on the wall clock's scale that never go back: the machine's clock may be set while a rollout runs. */
export function monotonicClock(wallClock: () => number): () => number {
  const offset = wallClock() - performance.now();
  return () => offset + performance.now();
}
