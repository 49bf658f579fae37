import type { Evaluation } from "../../shared/policy/evaluate.ts";
import { memberAt } from "../../shared/policy/json.ts";
import type { Violation } from "../../shared/policy/violation.ts";
import { printable } from "../../shared/text/printable.ts";

/** What `lint` and `audit` say of one object; programs rely on this shape. */
export interface Verdict {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Whether its creation would be allowed. */
  readonly allowed: boolean;
  readonly violations: readonly Violation[];
  readonly warnings: readonly string[];
}

/** @param namespace of an object that names none */
export function verdictOf(object: unknown, namespace: string, evaluation: Evaluation): Verdict {
  const text = (...keys: string[]) => {
    const value = memberAt(object, ...keys);
    return typeof value === "string" ? printable(value) : undefined;
  };
  return {
    kind: text("kind") ?? "",
    namespace: text("metadata", "namespace") ?? namespace,
    name: text("metadata", "name") ?? "",
    allowed: evaluation.violations.length === 0,
    violations: evaluation.violations,
    warnings: evaluation.warnings,
  };
}
