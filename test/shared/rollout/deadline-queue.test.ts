import fc from "fast-check";
import { expect, test } from "vitest";
import { createDeadlineQueue } from "../../../shared/rollout/deadline-queue.ts";

test("what is due comes out, earliest first, and the rest stays", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100)), fc.nat(100), (times, now) => {
      const queue = createDeadlineQueue<number>();
      for (const [index, at] of times.entries()) queue.add(at, index);
      expect(queue.earliest()).toBe(times.length === 0 ? undefined : Math.min(...times));
      const taken: number[] = [];
      for (let due = queue.takeDue(now); due !== undefined; due = queue.takeDue(now)) taken.push(due.at);
      expect(taken).toEqual(times.filter((at) => at <= now).toSorted((left, right) => left - right));
      expect(queue.size).toBe(times.length - taken.length);
    }),
  );
});
