import jsonPatch from "fast-json-patch";
import type { Operation } from "fast-json-patch";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyApiDefaults } from "../../../shared/policy/api-defaults.ts";
import { completeSite } from "../../../shared/policy/defaults.ts";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import { defaultLimits, parseLimits } from "../../../shared/policy/limits.ts";
import { anyObject, plausibleSite } from "./arbitrary-site.ts";
import { changed, minimalContainer, pod, site } from "./sample-site.ts";

function patched(object: unknown, oldObject?: unknown, limits = defaultLimits): object {
  const operations = completeSite(object, oldObject, limits).operations.map(
    (operation) => operation as Operation,
  );
  return asObject(jsonPatch.applyPatch(structuredClone(object), operations, true, false).newDocument);
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : { value };
}

const paths = (object: unknown, oldObject?: unknown, limits = defaultLimits) =>
  completeSite(object, oldObject, limits).operations.map(({ path }) => path);

/** What `kubectl create deployment soap --image …` sends. */
const bare = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "soap", labels: { app: "soap" } },
  spec: {
    selector: { matchLabels: { app: "soap" } },
    template: {
      metadata: { labels: { app: "soap" } },
      spec: { containers: [{ name: "subscribie", image: "ghcr.io/subscribie/subscribie:v0.10" }] },
    },
  },
};

describe("completeSite", () => {
  it("makes a bare Deployment a site within the default limits, and leaves its selector alone", () => {
    expect(patched(bare)).toEqual({
      ...bare,
      metadata: { name: "soap", labels: { app: "soap", subscribie: "site", "site-name": "soap" } },
      spec: {
        selector: { matchLabels: { app: "soap" } },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        revisionHistoryLimit: 5,
        template: {
          metadata: { labels: { app: "soap", subscribie: "site", "site-name": "soap" } },
          spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: { seccompProfile: { type: "RuntimeDefault" } },
            terminationGracePeriodSeconds: 35,
            containers: [
              {
                name: "subscribie",
                image: "ghcr.io/subscribie/subscribie:v0.10",
                resources: {
                  requests: { cpu: "50m", memory: "128Mi", "ephemeral-storage": "64Mi" },
                  limits: { cpu: "500m", memory: "512Mi", "ephemeral-storage": "1Gi" },
                },
                securityContext: { allowPrivilegeEscalation: false },
                readinessProbe: {
                  httpGet: { path: "/health", port: 80 },
                  periodSeconds: 5,
                  timeoutSeconds: 3,
                },
                lifecycle: { preStop: { sleep: { seconds: 5 } } },
              },
            ],
          },
        },
      },
    });
  });

  it("gives the same for what the API server filled in as for silence", () => {
    const result = patched(applyApiDefaults(bare));
    expect(result).toMatchObject(patched(bare));
  });

  it("adds one operation for all that is missing under one missing parent", () => {
    expect(paths(site(["metadata.labels", undefined]))[0]).toBe("/metadata/labels");
    expect(paths(site(["metadata.labels", {}])).slice(0, 2)).toEqual([
      "/metadata/labels/subscribie",
      "/metadata/labels/site-name",
    ]);
  });

  it("never sets anything against what the author said", () => {
    const said = site(
      ["metadata.labels", { subscribie: "no", "site-name": "candles" }],
      ["spec.strategy", { type: "Recreate" }],
      ["spec.revisionHistoryLimit", 2],
      ["pod.automountServiceAccountToken", true],
      ["pod.enableServiceLinks", true],
      ["pod.terminationGracePeriodSeconds", 120],
      ["pod.securityContext.seccompProfile", { type: "Unconfined" }],
      ["container.resources", { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "8", memory: "8Gi" } }],
      ["container.securityContext.allowPrivilegeEscalation", true],
      ["container.readinessProbe", { exec: { command: ["true"] } }],
      ["container.lifecycle", { preStop: { exec: { command: ["true"] } } }],
    );
    const before = structuredClone(said);
    const { operations } = completeSite(said, undefined, defaultLimits);
    expect(operations.filter(({ op }) => op === "replace")).toEqual([]);
    expect(patched(said)).toMatchObject(asObject(before));
  });

  it("keeps requests within the limits that the author gave, and limits above the requests", () => {
    const small = patched(site(["container.resources", { limits: { memory: "32Mi" } }]));
    expect(small).toMatchObject({
      spec: { template: { spec: { containers: [{ resources: { requests: { memory: "32Mi" } } }] } } },
    });
    const large = patched(site(["container.resources", { requests: { memory: "1Gi" } }]));
    expect(large).toMatchObject({
      spec: { template: { spec: { containers: [{ resources: { limits: { memory: "1Gi" } } }] } } },
    });
  });

  it.each([
    [[{ containerPort: 9000 }, { name: "http", containerPort: 8000 }], 8000],
    [[{ containerPort: 9000 }], 9000],
    [[{ containerPort: 53, protocol: "UDP" }, { containerPort: 9000 }], 9000],
    [[], 80],
  ])("probes the port called http, or else the first one, or else the product's: %j", (ports, port) => {
    const probed = patched(site(["container.readinessProbe", undefined], ["container.ports", ports]));
    expect(probed).toMatchObject({
      spec: { template: { spec: { containers: [{ readinessProbe: { httpGet: { port } } }] } } },
    });
  });

  it("leaves to the pod as a whole the resources that the author gave to it", () => {
    const shared = patched(
      site(
        ["pod.resources", { limits: { cpu: "100m", memory: "64Mi" } }],
        ["container.resources", undefined],
      ),
    );
    expect(shared).toMatchObject({
      spec: {
        template: {
          spec: {
            containers: [
              {
                resources: {
                  requests: { "ephemeral-storage": "64Mi" },
                  limits: { "ephemeral-storage": "1Gi" },
                },
              },
            ],
          },
        },
      },
    });
    expect(JSON.stringify(shared)).not.toMatch(/"50m"|"128Mi"/);
  });

  it("adds probe and preStop sleep to the container called subscribie only", () => {
    const sidecar = { name: "cache", image: "ghcr.io/subscribie/cache:v1" };
    const result = paths(
      site(["pod.containers.1", sidecar], ["pod.initContainers", [{ ...sidecar, name: "subscribie" }]]),
    );
    expect(result.filter((path) => /readinessProbe|lifecycle/.test(path))).toEqual([]);
    expect(result).toContain("/spec/template/spec/containers/1/resources");
    expect(result).toContain("/spec/template/spec/initContainers/0/securityContext");
  });

  it("keeps the preStop sleep shorter than the grace period, as the API wants it", () => {
    const [short, shortest] = [3, 1].map((grace) =>
      patched(site(["container.lifecycle", undefined], ["pod.terminationGracePeriodSeconds", grace])),
    );
    expect(short).toMatchObject({
      spec: { template: { spec: { containers: [{ lifecycle: { preStop: { sleep: { seconds: 2 } } } }] } } },
    });
    expect(JSON.stringify(shortest)).not.toContain("preStop");
  });

  it("leaves privileged containers to the validating half: the API refuses them allowPrivilegeEscalation: false", () => {
    for (const securityContext of [{ privileged: true }, { capabilities: { add: ["SYS_ADMIN"] } }]) {
      const result = paths(site(["container.securityContext", securityContext]));
      expect(result.filter((path) => path.includes("allowPrivilegeEscalation"))).toEqual([]);
    }
  });

  it("never hardens what may break an image: no runAsNonRoot, readOnlyRootFilesystem or capabilities", () => {
    expect(JSON.stringify(patched(bare))).not.toMatch(/runAsNonRoot|readOnlyRootFilesystem|capabilities/);
  });

  it("does not touch ephemeral containers, other kinds, or a name that cannot be a site's", () => {
    const withDebug = site(["pod.ephemeralContainers", [{ name: "debug" }]]);
    expect(paths(withDebug).filter((path) => path.includes("ephemeralContainers"))).toEqual([]);
    expect(paths(pod())).toEqual([]);
    expect(paths({ kind: "ReplicaSet", spec: { template: { spec: { containers: [{}] } } } })).toEqual([]);
    const generated = changed(bare, ["metadata", { generateName: "soap-" }]);
    expect(JSON.stringify(patched(generated))).not.toContain("site-name");
  });

  it.each([0, "0%"])(
    "leaves it to the validating half to refuse a surge of %j: the API takes no strategy that neither adds nor removes",
    (maxSurge) => {
      const result = paths(site(["spec.strategy.rollingUpdate", { maxSurge, maxUnavailable: "25%" }]));
      expect(result.filter((path) => path.startsWith("/spec/strategy"))).toEqual([]);
    },
  );

  it("says in a few words what it set", () => {
    expect(completeSite(bare, undefined, defaultLimits).set).toEqual([
      "labels",
      "strategy",
      "revisionHistoryLimit",
      "automountServiceAccountToken",
      "enableServiceLinks",
      "seccompProfile",
      "terminationGracePeriodSeconds",
      "resources",
      "allowPrivilegeEscalation",
      "readinessProbe",
      "preStop",
    ]);
  });

  it("takes its values from the limits", () => {
    const limits = parseLimits({
      defaults: { maxSurge: "50%", revisionHistoryLimit: 10, readinessPath: "/healthz" },
    });
    const result = patched(bare, undefined, limits);
    expect(result).toMatchObject({ spec: { strategy: { rollingUpdate: { maxSurge: "50%" } } } });
    expect(paths(bare, undefined, limits)).not.toContain("/spec/revisionHistoryLimit");
  });
});

describe("on an UPDATE, completeSite", () => {
  it("A21: leaves a template alone that the request does not change, so that annotating an old site restarts nothing", () => {
    const annotated = changed(bare, ["metadata.annotations", { note: "x" }]);
    expect(paths(annotated, bare)).toEqual(["/metadata/labels/subscribie", "/metadata/labels/site-name"]);
  });

  it("completes a template that the request changes", () => {
    const upgraded = changed(bare, ["container.image", "ghcr.io/subscribie/subscribie:v0.11"]);
    expect(paths(upgraded, bare)).toContain("/spec/template/spec/securityContext");
  });

  it("completes a strategy that the request takes back to the API's own", () => {
    const before = patched(bare);
    const replaced = changed(before, [
      "spec.strategy",
      { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
    ]);
    expect(paths(replaced, before)).toEqual([
      "/spec/strategy/rollingUpdate/maxUnavailable",
      "/spec/strategy/rollingUpdate/maxSurge",
    ]);
  });

  it("leaves scaling alone", () => {
    const before = patched(bare);
    expect(paths(changed(before, ["spec.replicas", 3]), before)).toEqual([]);
  });
});

describe("for any object, completeSite", () => {
  it("A3: makes a patch that applies, and that applied again changes nothing", () => {
    fc.assert(
      fc.property(anyObject, fc.boolean(), anyObject, (object, isUpdate, oldObject) => {
        const old = isUpdate ? oldObject : undefined;
        const once = patched(object, old);
        expect(completeSite(once, old, defaultLimits).operations).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("never touches the selector, names or other elements of a list", () => {
    fc.assert(
      fc.property(anyObject, (object) => {
        for (const path of paths(object)) {
          expect(path).toMatch(/^\/metadata(\/labels|$)|^\/spec\/(strategy|revisionHistoryLimit|template)/);
          expect(path).not.toMatch(/\/\d+$/);
        }
      }),
    );
  });

  it("A5: leaves a plausible site within the limits, and the API's defaults change nothing more", () => {
    fc.assert(
      fc.property(plausibleSite, (object) => {
        const complete = patched(applyApiDefaults(object));
        expect(paths(applyApiDefaults(complete))).toEqual([]);
        const context = { operation: "CREATE", namespace: "shops", now: 0 } as const;
        expect(evaluate(complete, defaultLimits, context).violations).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("for any object, evaluate", () => {
  it("never throws, and reports bounded single lines", () => {
    fc.assert(
      fc.property(anyObject, anyObject, (object, oldObject) => {
        for (const operation of ["CREATE", "UPDATE"] as const) {
          const { violations } = evaluate(object, defaultLimits, {
            operation,
            namespace: undefined,
            oldObject,
            now: 0,
          });
          for (const { message } of violations) {
            expect(message.length).toBeLessThan(2000);
            expect(message).toMatch(/^\P{Cc}*$/u);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("allows an object that was there before unchanged", () => {
    fc.assert(
      fc.property(anyObject, (object) => {
        const context = {
          operation: "UPDATE",
          namespace: "shops",
          oldObject: structuredClone(object),
          now: 0,
        } as const;
        const { violations } = evaluate(object, defaultLimits, context);
        expect(violations.filter(({ control }) => control !== "well-formed")).toEqual([]);
      }),
    );
  });

  it("judges an object the same however its members are ordered", () => {
    const object = site(["pod.hostPID", true], ["container.tty", true]);
    const reversed = JSON.parse(
      JSON.stringify(object, (_key, value: unknown) =>
        typeof value === "object" && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).toReversed())
          : value,
      ),
    ) as unknown;
    const context = { operation: "CREATE", namespace: "shops", now: 0 } as const;
    expect(evaluate(reversed, defaultLimits, context)).toEqual(evaluate(object, defaultLimits, context));
  });
});

it("keeps a container that only looks like the site's own without a probe", () => {
  const other = site(
    ["pod.containers", [minimalContainer("Subscribie")]],
    ["container.readinessProbe", undefined],
  );
  expect(paths(other).filter((path) => path.includes("readinessProbe"))).toEqual([]);
});
