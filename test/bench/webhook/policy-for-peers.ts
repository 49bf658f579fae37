/** Our own policy, for a peer that is to judge by an equal one. */
export { completeSite } from "../../../shared/policy/defaults.ts";
export { evaluate } from "../../../shared/policy/evaluate.ts";
export { defaultLimits } from "../../../shared/policy/limits.ts";
