import { describe, expect, it } from "vitest";
import type { ControlId } from "../../../../shared/policy/control-ids.ts";
import { evaluate } from "../../../../shared/policy/evaluate.ts";
import type { Evaluation } from "../../../../shared/policy/evaluate.ts";
import { parseLimits } from "../../../../shared/policy/limits.ts";

/** Objects that a control has to pass and to find fault with; the value tells which field of a failing one is named. */
export interface CheckTable {
  /** A limits file's content under which the table holds. */
  readonly limits?: Readonly<Record<string, unknown>>;
  readonly passing: Readonly<Record<string, unknown>>;
  /** By sentence: the object, and the path that has to be in the violation. */
  readonly failing: Readonly<Record<string, readonly [object: unknown, path: string]>>;
}

const now = Date.UTC(2026, 0, 1);

export function evaluateCreate(object: unknown, limits: Readonly<Record<string, unknown>> = {}): Evaluation {
  return evaluate(object, parseLimits(limits), { operation: "CREATE", namespace: "shops", now });
}

/** Everything that an evaluation found, whatever becomes of it. */
export function allFindings(evaluation: Evaluation): readonly { control: string; path: string }[] {
  const { violations, warned, audits } = evaluation;
  return [...violations, ...warned, ...audits].map(({ control, path }) => ({ control, path }));
}

/** Runs a control's table: what fails has to fail for this control alone, at the field that is named. */
export function describeControl(control: ControlId, { limits = {}, passing, failing }: CheckTable): void {
  describe(`control ${control}`, () => {
    for (const [sentence, object] of Object.entries(passing)) {
      it(`passes ${sentence}`, () => {
        expect(
          allFindings(evaluateCreate(object, limits)).filter((found) => found.control === control),
        ).toEqual([]);
      });
    }
    for (const [sentence, [object, path]] of Object.entries(failing)) {
      it(`finds ${sentence}`, () => {
        expect(allFindings(evaluateCreate(object, limits))).toContainEqual({ control, path });
      });
    }
  });
}
