import { defineConfig } from "vitest/config";

/** For conditions that are waited for: on a busy machine the usual second is not enough. */
const patience = { poll: { timeout: 60_000, interval: 100 } };

/**
 * Two tiers. `unit` needs nothing but Node. `cluster` shares one real control plane (and starts it once a run);
 * a test belongs to it by its name, `*.cluster.test.ts`.
 */
export default defineConfig({
  test: {
    // Most tests wait for controllers; vitest's own choice, one worker on two cores, leaves both of them idle.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.cluster.test.ts", "**/node_modules/**"],
          expect: patience,
          // No test asserts on time: this only ends one that hangs, also on a machine that is busy.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "cluster",
          include: ["test/**/*.cluster.test.ts"],
          globalSetup: ["test/control-plane/global-setup.ts"],
          expect: patience,
          testTimeout: 300_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
