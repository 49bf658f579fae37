import { parseDuration } from "../text/duration.ts";
import { parseQuantity, resolveAtLeastOne, resolveRoundedDown, type Quantity } from "./quantity.ts";
import type { RolloutKind } from "./rollout-id.ts";

/** How a rollout goes about its sites. Percentages are of the sites that it changes, fixed when it starts. */
export interface RolloutStrategy {
  /** Size of each canary wave; empty for none. */
  readonly canary: readonly Quantity[];
  /** How long each canary wave must stay healthy before the next sites start. */
  readonly soakMs: number;
  readonly inFlight: Quantity;
  /** The floor under a default percentage; 1 under one that was asked for. */
  readonly inFlightAtLeast: number;
  readonly maxFailures: Quantity;
  /** Undefined: each Deployment's own progress deadline. */
  readonly siteTimeoutMs: number | undefined;
  /** Undefined: none. */
  readonly timeoutMs: number | undefined;
  readonly onFailure: "pause" | "rollback";
}

/** A strategy in numbers of sites, for a known number of sites to change. */
export interface ResolvedStrategy {
  readonly waves: readonly number[];
  readonly soakMs: number;
  readonly inFlight: number;
  readonly maxFailures: number;
  readonly siteTimeoutMs: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly onFailure: "pause" | "rollback";
}

/** The strategy flags as they were typed; absent ones take the default of the rollout's kind. */
export interface StrategyFlags {
  readonly canary?: string | undefined;
  readonly soak?: string | undefined;
  readonly inFlight?: string | undefined;
  readonly maxFailures?: string | undefined;
  readonly siteTimeout?: string | undefined;
  readonly timeout?: string | undefined;
  readonly onFailure?: string | undefined;
}

export type ParsedStrategy =
  | { readonly strategy: RolloutStrategy }
  | { readonly problems: readonly string[] };

const carefulStrategy: RolloutStrategy = {
  canary: [{ count: 1 }, { percent: 5 }],
  soakMs: 10_000,
  inFlight: { percent: 10 },
  inFlightAtLeast: 20,
  maxFailures: { count: 0 },
  siteTimeoutMs: undefined,
  timeoutMs: undefined,
  onFailure: "pause",
};

/** A rollback returns to what is known to run, and waiting is what hurts: no canary, no soak, more at once. */
const fastStrategy: RolloutStrategy = {
  ...carefulStrategy,
  canary: [],
  soakMs: 0,
  inFlight: { percent: 25 },
  inFlightAtLeast: 50,
};

export const defaultStrategy = {
  upgrade: carefulStrategy,
  restart: carefulStrategy,
  rollback: fastStrategy,
} as const satisfies Record<RolloutKind, RolloutStrategy>;

const maxWaves = 20;

/** Parses the strategy flags of a rollout of this kind. All that is wrong is said at once, each with its flag. */
export function parseStrategy(kind: RolloutKind, flags: StrategyFlags): ParsedStrategy {
  const defaults = defaultStrategy[kind];
  const problems: string[] = [];

  function parsed<T>(
    flag: string,
    text: string | undefined,
    parse: (text: string) => Parsed<T>,
    fallback: T,
  ): T {
    if (text === undefined) return fallback;
    const result = parse(text);
    if ("value" in result) return result.value;
    problems.push(`--${flag}: ${result.problem}`);
    return fallback;
  }

  const strategy: RolloutStrategy = {
    canary: parsed("canary", flags.canary, parseWaves, defaults.canary),
    soakMs: parsed("soak", flags.soak, parseTime, defaults.soakMs),
    inFlight: parsed("in-flight", flags.inFlight, parsePositive, defaults.inFlight),
    inFlightAtLeast: flags.inFlight === undefined ? defaults.inFlightAtLeast : 1,
    maxFailures: parsed("max-failures", flags.maxFailures, parseAmount, defaults.maxFailures),
    siteTimeoutMs: parsed("site-timeout", flags.siteTimeout, parsePositiveTime, defaults.siteTimeoutMs),
    // As in kubectl, a timeout of 0 is none.
    timeoutMs: parsed("timeout", flags.timeout, parseTime, defaults.timeoutMs ?? 0) || undefined,
    onFailure: parsed("on-failure", flags.onFailure, parseOnFailure, defaults.onFailure),
  };
  if (kind === "rollback" && strategy.onFailure === "rollback") {
    problems.push(
      "--on-failure: found rollback; a rollback is never rolled back by itself, allowed is pause",
    );
  }
  return problems.length > 0 ? { problems } : { strategy };
}

/** The strategy in numbers, for so many sites to change. */
export function resolveStrategy(strategy: RolloutStrategy, total: number): ResolvedStrategy {
  const waves: number[] = [];
  let left = total;
  for (const quantity of strategy.canary) {
    const size = Math.min(left, resolveAtLeastOne(quantity, total));
    if (size > 0) waves.push(size);
    left -= size;
  }
  return {
    waves,
    soakMs: strategy.soakMs,
    inFlight: Math.max(strategy.inFlightAtLeast, resolveAtLeastOne(strategy.inFlight, total)),
    maxFailures: resolveRoundedDown(strategy.maxFailures, total),
    siteTimeoutMs: strategy.siteTimeoutMs,
    timeoutMs: strategy.timeoutMs,
    onFailure: strategy.onFailure,
  };
}

type Parsed<T> = { readonly value: T } | { readonly problem: string };

function parseWaves(text: string): Parsed<readonly Quantity[]> {
  if (text === "none") return { value: [] };
  const parts = text.split(",");
  if (parts.length > maxWaves)
    return { problem: `found ${parts.length} waves; allowed are at most ${maxWaves}` };
  const waves: Quantity[] = [];
  for (const part of parts) {
    const result = parsePositive(part.trim());
    if ("problem" in result) return { problem: `${result.problem}, or several such as 1,5%, or none` };
    waves.push(result.value);
  }
  return { value: waves };
}

function parseAmount(text: string): Parsed<Quantity> {
  const result = parseQuantity(text);
  return "problem" in result ? result : { value: result.quantity };
}

function parsePositive(text: string): Parsed<Quantity> {
  const result = parseAmount(text);
  if ("problem" in result) return result;
  const isZero = "count" in result.value ? result.value.count === 0 : result.value.percent === 0;
  return isZero ? { problem: `found ${quoted(text)}; allowed is at least 1 site, or more than 0%` } : result;
}

function parseTime(text: string): Parsed<number> {
  const value = parseDuration(text);
  return value === undefined
    ? { problem: `found ${quoted(text)}; allowed are durations such as 10s, 5m or 1h30m` }
    : { value };
}

function parsePositiveTime(text: string): Parsed<number | undefined> {
  const result = parseTime(text);
  return "value" in result && result.value === 0
    ? { problem: `found ${quoted(text)}; allowed is a duration longer than 0, such as 5m` }
    : result;
}

function parseOnFailure(text: string): Parsed<"pause" | "rollback"> {
  return text === "pause" || text === "rollback"
    ? { value: text }
    : { problem: `found ${quoted(text)}; allowed are pause and rollback` };
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
