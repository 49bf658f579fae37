import { describe, expect, it } from "vitest";
import { offlineRisks } from "../../../shared/rollout/availability.ts";
import { observeDeployment } from "../../../shared/rollout/observed-site.ts";

interface Shape {
  readonly replicas?: number;
  readonly strategy?: object;
  readonly container?: object;
}

function risksOf(shape: Shape): string[] {
  const container = {
    name: "subscribie",
    image: "example/shop:v1",
    readinessProbe: { httpGet: { path: "/health", port: 80 } },
    lifecycle: { preStop: { sleep: { seconds: 3 } } },
    ...shape.container,
  };
  const site = observeDeployment({
    metadata: { namespace: "shops", name: "soap" },
    spec: {
      replicas: shape.replicas ?? 1,
      strategy: shape.strategy ?? {
        type: "RollingUpdate",
        rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
      },
      template: { spec: { containers: [container] } },
    },
  });
  return offlineRisks(site, "subscribie");
}

describe("offlineRisks", () => {
  it.each<[string, Shape, string[]]>([
    ["a site as we make them", {}, []],
    ["the API's own defaults, with one replica", { strategy: {} }, []],
    ["a suspended site", { replicas: 0, strategy: { type: "Recreate" } }, []],
    ["Recreate", { strategy: { type: "Recreate" } }, ["strategy Recreate ends the old pod first"]],
    [
      "one replica without surge",
      { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } },
      ["its strategy lets all of its pods go before new ones are ready"],
    ],
    [
      "three replicas that may all be unavailable",
      { replicas: 3, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: "100%" } } },
      ["its strategy lets all of its pods go before new ones are ready"],
    ],
    [
      "three replicas, one at a time",
      { replicas: 3, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } },
      [],
    ],
    ["no readiness probe", { container: { readinessProbe: undefined } }, ["no readiness probe"]],
    ["no preStop hook", { container: { lifecycle: {} } }, ["no preStop hook"]],
  ])("of %s", (_name, shape, risks) => {
    expect(risksOf(shape)).toEqual(risks);
  });
});
