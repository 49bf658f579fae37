/** A queue of things by time, earliest first: a binary heap, so that both operations take O(log n). */
export interface DeadlineQueue<T> {
  readonly size: number;
  add(at: number, value: T): void;
  /** When the earliest is due, or undefined when the queue is empty. */
  earliest(): number | undefined;
  /** Takes out the earliest one that is due at `now`, or undefined when none is. */
  takeDue(now: number): { readonly at: number; readonly value: T } | undefined;
}

export function createDeadlineQueue<T>(): DeadlineQueue<T> {
  const heap: { at: number; value: T }[] = [];

  function isEarlier(left: number, right: number): boolean {
    return (heap[left]?.at ?? Number.POSITIVE_INFINITY) < (heap[right]?.at ?? Number.POSITIVE_INFINITY);
  }

  function swap(left: number, right: number): void {
    const moved = heap[left];
    const other = heap[right];
    if (moved === undefined || other === undefined) return;
    heap[left] = other;
    heap[right] = moved;
  }

  return {
    get size() {
      return heap.length;
    },

    add(at, value) {
      heap.push({ at, value });
      let child = heap.length - 1;
      while (child > 0) {
        const parent = (child - 1) >> 1;
        if (!isEarlier(child, parent)) return;
        swap(child, parent);
        child = parent;
      }
    },

    earliest() {
      return heap[0]?.at;
    },

    takeDue(now) {
      const due = heap[0];
      if (due === undefined || due.at > now) return undefined;
      swap(0, heap.length - 1);
      heap.pop();
      for (let parent = 0; ;) {
        const left = 2 * parent + 1;
        const child = isEarlier(left + 1, left) ? left + 1 : left;
        if (!isEarlier(child, parent)) return due;
        swap(child, parent);
        parent = child;
      }
    },
  };
}
