import fc from "fast-check";
import type { Change } from "./sample-site.ts";
import { site } from "./sample-site.ts";

/** Any value that JSON can hold, with the keys that JavaScript objects are touchy about. */
const anyJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, 1, -1, 0.5, 1e308, "", "25%", "0", "1Gi", "site", "soap"),
    fc.string(),
    fc.integer(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(
        fc.string(),
        fc.constantFrom("name", "constructor", "toString", "__proto__", "kind", "labels", "a/b~c"),
      ),
      tie("value"),
      { maxKeys: 3 },
    ),
  ),
})).value;

/** Places that the policy reads or writes. */
const places = [
  "kind",
  "metadata",
  "metadata.name",
  "metadata.generateName",
  "metadata.labels",
  "metadata.labels.subscribie",
  "metadata.labels.site-name",
  "metadata.annotations",
  "spec",
  "spec.replicas",
  "spec.selector",
  "spec.strategy",
  "spec.strategy.type",
  "spec.strategy.rollingUpdate",
  "spec.strategy.rollingUpdate.maxSurge",
  "spec.strategy.rollingUpdate.maxUnavailable",
  "spec.revisionHistoryLimit",
  "template.metadata",
  "template.metadata.labels",
  "template.metadata.labels.site-name",
  "template.spec",
  "pod.securityContext",
  "pod.securityContext.seccompProfile",
  "pod.terminationGracePeriodSeconds",
  "pod.automountServiceAccountToken",
  "pod.enableServiceLinks",
  "pod.affinity",
  "pod.volumes",
  "pod.containers",
  "pod.initContainers",
  "pod.ephemeralContainers",
  "container.name",
  "container.image",
  "container.env",
  "container.envFrom",
  "container.ports",
  "container.resources",
  "container.resources.requests",
  "container.resources.limits",
  "container.resources.limits.memory",
  "container.readinessProbe",
  "container.lifecycle",
  "container.lifecycle.preStop",
  "container.securityContext",
  "container.securityContext.capabilities",
  "container.securityContext.privileged",
  "container.volumeMounts",
] as const;

/** A change of anything to anything, or taking it away. */
const anyChange: fc.Arbitrary<Change> = fc.tuple(
  fc.constantFrom(...places),
  fc.option(anyJson, { nil: undefined }),
);

/** Objects as hostile as JSON allows: random ones, and sites with a few places replaced by anything. */
export const anyObject: fc.Arbitrary<unknown> = fc.oneof(anyJson, mutatedSites(anyChange));

function mutatedSites(change: fc.Arbitrary<Change>): fc.Arbitrary<unknown> {
  return fc.array(change, { maxLength: 6 }).map((changes) => {
    // Later changes may want to go through what an earlier one put in the way: that is the earlier one's object then.
    let object = site();
    for (let count = 1; count <= changes.length; count += 1) {
      try {
        object = site(...changes.slice(0, count));
      } catch {
        return object;
      }
    }
    return object;
  });
}

/** Changes that an author may well make, each of which leaves a Deployment that the API accepts. */
const plausibleChange: fc.Arbitrary<Change> = fc.oneof(
  fc.constantFrom<Change>(
    ["metadata.labels", undefined],
    ["metadata.labels", { app: "soap" }],
    ["metadata.annotations", { "a/b~c": "x" }],
    ["template.metadata.labels", { "site-name": "soap" }],
    ["spec.strategy", undefined],
    ["spec.strategy", {}],
    ["spec.strategy", { type: "RollingUpdate" }],
    ["spec.strategy.rollingUpdate", { maxSurge: "25%", maxUnavailable: "25%" }],
    ["spec.strategy.rollingUpdate", { maxSurge: 2 }],
    ["spec.revisionHistoryLimit", 10],
    ["spec.revisionHistoryLimit", 3],
    ["pod.securityContext", {}],
    ["pod.securityContext", { seccompProfile: { type: "Localhost", localhostProfile: "a" } }],
    ["pod.terminationGracePeriodSeconds", 30],
    ["pod.terminationGracePeriodSeconds", 3],
    ["pod.terminationGracePeriodSeconds", 1],
    ["pod.automountServiceAccountToken", undefined],
    ["pod.enableServiceLinks", false],
    ["container.readinessProbe", undefined],
    ["container.lifecycle", undefined],
    ["container.lifecycle", {}],
    ["container.ports", [{ containerPort: 8080 }, { name: "http", containerPort: 8000 }]],
    ["container.resources", undefined],
    ["container.resources", {}],
    ["container.securityContext", { readOnlyRootFilesystem: true }],
    ["container.securityContext", { allowPrivilegeEscalation: true }],
  ),
  fc.tuple(
    fc.constant("container.resources"),
    fc.constantFrom(
      { requests: { memory: "1Gi" } },
      { requests: { cpu: 1 } },
      { limits: { memory: "64Mi" } },
      { limits: { cpu: "10m" }, requests: {} },
      { limits: {}, requests: null },
    ),
  ),
);

/** Sites as authors write them. */
export const plausibleSite: fc.Arbitrary<unknown> = mutatedSites(plausibleChange);
