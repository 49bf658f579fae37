import { describe, expect, it } from "vitest";
import { mutate } from "../../webhook/mutate.ts";
import { validate } from "../../webhook/validate.ts";
import { completeSite } from "../../shared/policy/defaults.ts";
import { defaultLimits, parseLimits } from "../../shared/policy/limits.ts";
import { changed, site } from "../shared/policy/sample-site.ts";
import { admissionRequest } from "./admission-request.ts";

/*
 * Behaviours of the API server that have broken other webhooks. What needs a real one is in webhook.cluster.test.ts,
 * what is about HTTP in app.test.ts.
 */

const pathsOf = (object: unknown, oldObject?: unknown) =>
  completeSite(object, oldObject, defaultLimits).operations.map(({ path }) => path);

describe("a patch", () => {
  it("adds the labels as a map where there are none, an empty map or null, never as a text", () => {
    for (const labels of [undefined, null, {}]) {
      const { operations } = completeSite(site(["metadata.labels", labels]), undefined, defaultLimits);
      const values = operations
        .filter(({ path }) => path.startsWith("/metadata/labels"))
        .map(({ value }) => value);
      expect(JSON.stringify(values)).toMatch(
        /^\[(\{"subscribie":"site","site-name":"soap"\}|"site","soap")\]$/,
      );
    }
  });

  it("never touches managedFields, status, resourceVersion or the selector", () => {
    const live = site(
      ["metadata.managedFields", [{ manager: "kubectl" }]],
      ["metadata.resourceVersion", "1"],
      ["status", { replicas: 1 }],
      ["metadata.labels", undefined],
    );
    for (const path of pathsOf(live))
      expect(path).not.toMatch(/managedFields|status|resourceVersion|selector/);
  });

  it("holds no time, count or identifier: the same object gets the same patch", () => {
    const bare = site(["metadata.labels", undefined], ["container.resources", undefined]);
    expect(completeSite(bare, undefined, defaultLimits)).toEqual(
      completeSite(bare, undefined, defaultLimits),
    );
  });

  it("does not depend on the order of containers, nor rewrite one because of another", () => {
    const container = { image: "ghcr.io/subscribie/x:v1" };
    const [first, second] = [
      { name: "a", ...container },
      { name: "b", ...container },
    ];
    const paths = pathsOf(site(["pod.containers", [first, second]]));
    const swapped = pathsOf(site(["pod.containers", [second, first]]));
    expect(paths).toEqual(swapped);
    for (const path of paths) expect(path).not.toMatch(/containers\/\d+$/);
  });

  it("completes what another webhook added in between, and nothing else (reinvocation)", () => {
    const complete = site();
    const injected = changed(complete, [
      "pod.containers.1",
      { name: "proxy", image: "ghcr.io/subscribie/proxy:v1" },
    ]);
    const first = pathsOf(complete);
    const second = pathsOf(injected).filter((path) => !first.includes(path));
    expect(second).toEqual([
      "/spec/template/spec/containers/1/resources",
      "/spec/template/spec/containers/1/securityContext",
    ]);
  });

  it("makes no request higher than its limit, whatever the defaults are", () => {
    const limits = parseLimits({ defaults: { requests: { memory: "512Mi" }, limits: { memory: "512Mi" } } });
    const { operations } = completeSite(
      site(["container.resources", { limits: { memory: "64Mi" } }]),
      undefined,
      limits,
    );
    expect(JSON.stringify(operations)).toContain('"memory":"64Mi"');
  });
});

describe("what proves nothing", () => {
  it.each([
    [
      "an owner reference",
      ["metadata.ownerReferences", [{ apiVersion: "apps/v1", kind: "Deployment", name: "x", uid: "y" }]],
    ],
    ["a deletion timestamp", ["metadata.deletionTimestamp", "2026-01-01T00:00:00Z"]],
    [
      "an annotation that asks to be left alone",
      ["metadata.annotations", { "subscribie.co.uk/skip": "true" }],
    ],
    ["a label that asks to be left alone", ["metadata.labels.admission", "disabled"]],
    ["an operating system that is none of ours", ["pod.os", { name: "windows" }]],
    ["a user namespace", ["pod.hostUsers", false]],
  ] as const)("%s does not switch a control off", (_what, change) => {
    const { decision } = validate(
      admissionRequest({ object: site(["pod.hostPID", true], change) }),
      defaultLimits,
      0,
    );
    expect(decision.allowed).toBe(false);
  });

  it("the request's user, name and namespace do not either", () => {
    for (const fields of [
      { userInfo: { username: "system:masters" } },
      { userInfo: { username: "system:serviceaccount:kube-system:deployment-controller" } },
      { name: "kube-dns" },
      { namespace: "kube-system" },
    ]) {
      const request = admissionRequest({ object: site(["pod.hostPID", true]), ...fields });
      expect(validate(request, defaultLimits, 0).decision.allowed).toBe(false);
    }
  });
});

it("takes what an offline author writes as the API would: numbers as quantities, nulls as silence", () => {
  const written = site(
    ["container.resources", { requests: { cpu: 0.5, memory: 1e8 }, limits: { cpu: 1, memory: "1e9" } }],
    ["container.env", null],
    ["pod.volumes", null],
    ["metadata.annotations", null],
  );
  expect(validate(admissionRequest({ object: written }), defaultLimits, 0).decision.allowed).toBe(true);
  expect(mutate(admissionRequest({ object: written }), defaultLimits).allowed).toBe(true);
});
