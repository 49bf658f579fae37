import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { mutate } from "../../webhook/mutate.ts";
import { validate } from "../../webhook/validate.ts";
import { completeSite } from "../../shared/policy/defaults.ts";
import { defaultLimits, parseLimits } from "../../shared/policy/limits.ts";
import { changed, site } from "../shared/policy/sample-site.ts";
import { admissionRequest } from "./admission-request.ts";

/*
 * Behaviours of the API server that have broken other webhooks, each a test that has its number in its title:
 * `grep -rn A17 test/` finds it. Those that need a real API server are in api-traps.cluster.test.ts, and those that are
 * about one part of the webhook stand among that part's tests.
 *
 * A1 what is verified of an answer · A2 v1beta1, of which nothing is · A3 a patch that does not apply is an error even
 * with failurePolicy Ignore · A4 so is a patch of a DELETE · A5 defaults are filled in again after a patch
 * A6 reinvocation · A7 dry runs · A8 the deadline is in the query · A9 one webhook's message is shown · A10 warnings are
 * cut · A11 keys of audit annotations · A12 HTTP/1.1 and kept connections · A13 the certificate's names
 * A14 configurations are not guarded by webhooks · A15 labels without a parent · A16 keys with / and ~
 * A17 lists are patched by index · A18 generateName · A19 the selector cannot change · A20 nor be completed on an UPDATE
 * A21 a label on the template restarts · A22 a status drops changes · A23 scaling goes past the Deployment
 * A24 what was so before, and deletionTimestamp · A25 DELETE, CONNECT and what is yet to come
 * A26 conflicts of server-side apply · A27 managedFields · A28 what Git and the cluster have differs · A29 owners are
 * claimed · A30 ReplicaSets run in circles · A31 what authors write is not what the API sends · A32 fields with an alias
 * A33 an error is no permission · A34 long timeouts · A35 what is no review
 */

it("every trap has a test with its number", async () => {
  const files = (await readdir("test", { recursive: true })).filter((file) => file.endsWith(".test.ts"));
  const texts = await Promise.all(files.map(async (file) => await readFile(path.join("test", file), "utf8")));
  const titles = texts.flatMap((text) => text.match(/(?<=")A\d+(?:, (?:A|GP)\d+)*(?=: )/g) ?? []);
  const numbers = new Set(titles.flatMap((title) => title.split(", ")));
  const traps = Array.from({ length: 35 }, (_, index) => `A${index + 1}`);
  expect(traps.filter((trap) => !numbers.has(trap))).toEqual([]);
});

const pathsOf = (object: unknown, oldObject?: unknown) =>
  completeSite(object, oldObject, defaultLimits).operations.map(({ path }) => path);

describe("a patch", () => {
  it("A15: adds the labels as a map where there are none, an empty map or null, never as a text", () => {
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

  it("A19, A20, A27: never touches managedFields, status, resourceVersion or the selector", () => {
    const live = site(
      ["metadata.managedFields", [{ manager: "kubectl" }]],
      ["metadata.resourceVersion", "1"],
      ["status", { replicas: 1 }],
      ["metadata.labels", undefined],
    );
    for (const path of pathsOf(live))
      expect(path).not.toMatch(/managedFields|status|resourceVersion|selector/);
  });

  it("A28: holds no time, count or identifier: the same object gets the same patch", () => {
    const bare = site(["metadata.labels", undefined], ["container.resources", undefined]);
    expect(completeSite(bare, undefined, defaultLimits)).toEqual(
      completeSite(bare, undefined, defaultLimits),
    );
  });

  it("A17: does not depend on the order of containers, nor rewrite one because of another", () => {
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

  it("A6: completes what another webhook added in between, and nothing else (reinvocation)", () => {
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

describe("A24, A29: what proves nothing", () => {
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

describe("what is said beside the verdict", () => {
  const flood = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, "x".repeat(300)]));
  const before = site(["pod.nodeSelector", flood]);
  const after = changed(before, ["metadata.annotations", { note: "x" }]);
  const { decision } = validate(
    admissionRequest({ operation: "UPDATE", oldObject: before, object: after }),
    defaultLimits,
    0,
  );

  it("A10: warnings are whole, each once, however many there are, and do not say Warning themselves", () => {
    const { warnings = [] } = decision;
    expect(warnings.length).toBeGreaterThan(1);
    expect(new Set(warnings).size).toBe(warnings.length);
    expect(warnings.join("").length).toBeLessThan(4096);
    for (const warning of warnings) expect(warning).toMatch(/^(?!warning)[^\n]{1,256}$/i);
  });

  it("A11: audit annotations have keys that the API takes, and are bounded", () => {
    const limits = parseLimits({
      controls: { interactive: "audit", privileged: "warn" },
      exemptions: [{ controls: ["dns"], site: "soap", reason: "its own resolver", expires: "2030-01-01" }],
    });
    const object = changed(
      before,
      ["container.tty", true],
      ["container.securityContext", { privileged: true }],
      ["pod.dnsPolicy", "ClusterFirstWithHostNet"],
    );
    const annotations = validate(admissionRequest({ object }), limits, 0).decision.auditAnnotations ?? {};
    expect(Object.keys(annotations).toSorted()).toEqual(["audited", "exempted", "violations", "warned"]);
    for (const value of Object.values(annotations)) expect(value.length).toBeLessThanOrEqual(2000);
  });
});

it("A20: lets an old site be updated whose selector lacks our labels, and never adds them to it", () => {
  const old = site(["spec.selector.matchLabels", { app: "soap" }], ["template.metadata.labels.app", "soap"]);
  const upgraded = changed(old, ["container.image", "ghcr.io/subscribie/subscribie:v0.11"]);
  const request = admissionRequest({ operation: "UPDATE", oldObject: old, object: upgraded });
  expect(validate(request, defaultLimits, 0).decision).toMatchObject({ allowed: true, warnings: [] });
  expect(pathsOf(upgraded, old).join()).not.toContain("selector");
});

it("A31: takes what an offline author writes as the API would: numbers as quantities, nulls as silence", () => {
  const written = site(
    ["container.resources", { requests: { cpu: 0.5, memory: 1e8 }, limits: { cpu: 1, memory: "1e9" } }],
    ["container.env", null],
    ["pod.volumes", null],
    ["metadata.annotations", null],
  );
  expect(validate(admissionRequest({ object: written }), defaultLimits, 0).decision.allowed).toBe(true);
  expect(mutate(admissionRequest({ object: written }), defaultLimits).allowed).toBe(true);
});
