import { evaluate, type Evaluation } from "../../shared/policy/evaluate.ts";
import type { Limits } from "../../shared/policy/limits.ts";

/**
 * Judges a Deployment that is live as if it were created today; the API server has completed it, so no default is
 * added.
 *
 * @param raw an item of a list, which does not say itself what it is
 */
export function judgeLiveDeployment(
  raw: object,
  namespace: string,
  limits: Limits,
  now: number,
): { readonly object: object; readonly evaluation: Evaluation } {
  const object = { ...raw, apiVersion: "apps/v1", kind: "Deployment" };
  return { object, evaluation: evaluate(object, limits, { operation: "CREATE", namespace, now }) };
}
