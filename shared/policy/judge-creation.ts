import { applyApiDefaults } from "./api-defaults.ts";
import { applyPatch } from "./apply-patch.ts";
import { completeSite } from "./defaults.ts";
import { evaluate } from "./evaluate.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Limits } from "./limits.ts";

/**
 * The verdict that the creation of an object would get in a namespace of sites: the API's defaults, then ours, then
 * the policy. For manifests that no API server has seen.
 */
export function judgeCreation(
  object: unknown,
  limits: Limits,
  context: { readonly namespace: string | undefined; readonly now: number },
): Evaluation {
  const defaulted = applyApiDefaults(object);
  const { operations } = completeSite(defaulted, undefined, limits);
  return evaluate(applyPatch(defaulted, operations), limits, { operation: "CREATE", ...context });
}
