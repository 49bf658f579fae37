import type { Quantity } from "../../shared/rollout/quantity.ts";
import type { RolloutKind } from "../../shared/rollout/rollout-id.ts";
import { defaultStrategy } from "../../shared/rollout/strategy.ts";
import { formatDuration } from "../../shared/text/duration.ts";

/** How a rollout goes where no flag says otherwise, in the words of its flags; for help and the README. */
export interface UsualPace {
  readonly canary: string;
  readonly soak: string;
  readonly inFlight: string;
}

export function usualPace(kind: RolloutKind): UsualPace {
  const { canary, soakMs, inFlight, inFlightAtLeast } = defaultStrategy[kind];
  return {
    canary: canary.map(quantityText).join(",") || "none",
    soak: formatDuration(soakMs),
    inFlight: `${quantityText(inFlight)}, at least ${inFlightAtLeast}`,
  };
}

function quantityText(quantity: Quantity): string {
  return "percent" in quantity ? `${quantity.percent}%` : String(quantity.count);
}
