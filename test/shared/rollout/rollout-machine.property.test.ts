import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rolloutResult } from "../../../shared/rollout/rollout-result.ts";
import type { RolloutStrategy } from "../../../shared/rollout/strategy.ts";
import { fates, RolloutSimulation, type Happening } from "./rollout-simulation.ts";

const quantities = fc.oneof(
  fc.record({ count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
);

const strategies: fc.Arbitrary<RolloutStrategy> = fc.record({
  canary: fc.array(quantities, { maxLength: 3 }),
  soakMs: fc.constantFrom(0, 10_000),
  inFlight: quantities,
  inFlightAtLeast: fc.constant(1),
  maxFailures: fc.record({ count: fc.integer({ min: 0, max: 4 }) }),
  siteTimeoutMs: fc.constantFrom(undefined, 30_000, 300_000),
  timeoutMs: fc.constantFrom(undefined, undefined, 2_000_000),
  onFailure: fc.constantFrom("pause", "rollback"),
});

const usual = ["answer", "progress", "deliver", "deliverOld", "diagnose", "look", "wait"] as const;
const blind = ["loseSight", "regainSight"] as const;
const rare = ["restart", "pause", "interrupt", "abort", "delete", "hold"] as const;

function happenings(withRare: boolean): fc.Arbitrary<Happening[]> {
  const what = withRare
    ? fc.oneof(
        { weight: 20, arbitrary: fc.constantFrom(...usual) },
        { weight: 2, arbitrary: fc.constantFrom(...blind) },
        { weight: 1, arbitrary: fc.constantFrom(...rare) },
      )
    : fc.oneof(
        { weight: 10, arbitrary: fc.constantFrom(...usual) },
        { weight: 1, arbitrary: fc.constantFrom(...blind) },
      );
  return fc.array(fc.record({ what, pick: fc.nat(1_000) }), { maxLength: 200 });
}

const siteFates = fc.array(fc.constantFrom(...fates), { maxLength: 30 });

describe("a rollout, whatever happens in whatever order", () => {
  test("keeps its rules and ends", () => {
    fc.assert(
      fc.property(siteFates, strategies, happenings(true), (sites, strategy, events) => {
        const simulation = new RolloutSimulation(sites, strategy);
        for (const event of events) simulation.happen(event);
        expect(simulation.runToEnd()).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("of healthy sites only is complete, each site having been patched once", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        strategies,
        happenings(false),
        (size, strategy, events) => {
          const patient = { ...strategy, siteTimeoutMs: undefined, timeoutMs: undefined };
          const simulation = new RolloutSimulation(
            Array.from({ length: size }, () => "healthy"),
            patient,
          );
          // Waiting for a quarter of an hour would be a failure of the site.
          for (const event of events)
            if (event.what !== "wait" || event.pick % 5 < 2) simulation.happen(event);
          simulation.runToEnd();
          expect(simulation.state.phase).toBe("Complete");
          expect(simulation.sites.every((site) => site.patches === 1)).toBe(true);
          expect(rolloutResult(simulation.state).counts.updated).toBe(size);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("interrupted and resumed again and again still patches every healthy site once", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 25 }),
        strategies,
        fc.array(happenings(false), { minLength: 1, maxLength: 5 }),
        (size, strategy, runs) => {
          const patient = { ...strategy, siteTimeoutMs: undefined, timeoutMs: undefined };
          const simulation = new RolloutSimulation(
            Array.from({ length: size }, () => "healthy"),
            patient,
          );
          for (const run of runs) {
            for (const event of run)
              if (event.what !== "wait" || event.pick % 5 < 2) simulation.happen(event);
            simulation.happen({ what: "restart", pick: 0 });
          }
          simulation.runToEnd();
          expect(simulation.state.phase).toBe("Complete");
          expect(simulation.sites.every((site) => site.patches === 1)).toBe(true);
          expect(rolloutResult(simulation.state).counts.updated).toBe(size);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("counts every site exactly once", () => {
    fc.assert(
      fc.property(siteFates, strategies, happenings(true), (sites, strategy, events) => {
        const simulation = new RolloutSimulation(sites, strategy);
        for (const event of events) {
          simulation.happen(event);
          const { counts, sites: results } = rolloutResult(simulation.state);
          expect(counts.updated + counts.unchanged + counts.failed + counts.skipped + counts.pending).toBe(
            counts.total,
          );
          expect(counts.total).toBe(results.length);
          expect(counts.updated).toBe(results.filter(({ outcome }) => outcome === "updated").length);
        }
      }),
      { numRuns: 200 },
    );
  });
});
