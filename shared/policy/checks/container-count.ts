import type { PodCheck } from "../check.ts";
import type { LocatedContainer } from "../containers.ts";

export const containerCount: PodCheck = {
  id: "container-count",
  title: "Number of containers",
  what: "So many regular, init, sidecar and ephemeral containers and no more.",
  why: "Each has resources of its own: their number is a limit on what a site can take.",
  source: "CIS Kubernetes Benchmark (general policies)",
  mode: "deny",
  scope: "pod",
  limit: ({ containers: { regular, init, sidecars, ephemeral } }) =>
    `${regular} regular, ${init} init, ${sidecars} sidecars, ${ephemeral} ephemeral`,
  find(report, { spec, containers }, limits) {
    const count = (matches: (container: LocatedContainer) => boolean) => containers.filter(matches).length;
    const bounds = [
      ["containers", count(({ list }) => list === "containers"), limits.containers.regular, "containers"],
      [
        "initContainers",
        count(({ list, sidecar }) => list === "initContainers" && !sidecar),
        limits.containers.init,
        "init containers",
      ],
      ["initContainers", count(({ sidecar }) => sidecar), limits.containers.sidecars, "sidecars"],
      [
        "ephemeralContainers",
        count(({ list }) => list === "ephemeralContainers"),
        limits.containers.ephemeral,
        "ephemeral containers",
      ],
    ] as const;
    for (const [field, value, maximum, what] of bounds) {
      if (value <= maximum) continue;
      report({
        path: spec.at(field),
        value,
        found: `${value} ${what}`,
        allowed: `at most ${maximum}`,
      });
    }
  },
};
