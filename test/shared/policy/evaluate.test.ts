import { describe, expect, it } from "vitest";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import { parseLimits } from "../../../shared/policy/limits.ts";
import { allFindings, evaluateCreate } from "./checks/check-table.ts";
import { changed, minimalContainer, pod, site } from "./sample-site.ts";
import type { Change } from "./sample-site.ts";

const now = Date.UTC(2026, 0, 15);

function evaluateUpdate(object: unknown, oldObject: unknown, limits: Record<string, unknown> = {}) {
  return evaluate(object, parseLimits(limits), { operation: "UPDATE", namespace: "shops", oldObject, now });
}

const controls = (violations: readonly { control: string }[]) => violations.map(({ control }) => control);

describe("evaluate", () => {
  it("finds nothing about a minimal site", () => {
    expect(evaluateCreate(site())).toEqual({
      violations: [],
      warnings: [],
      warned: [],
      audits: [],
      exempted: [],
    });
  });

  it("reports ten things wrong as ten violations, in the order of the controls", () => {
    const { violations } = evaluateCreate(
      site(
        ["pod.hostNetwork", true],
        ["container.image", "nginx:1"],
        ["container.securityContext", { privileged: true, capabilities: { add: ["SYS_ADMIN"] } }],
        ["container.resources.limits.memory", "64Gi"],
        ["spec.replicas", 100],
        ["metadata.labels.site-name", "candles"],
        ["container.env", [{ name: "LD_PRELOAD", value: "x" }]],
        ["pod.volumes", [{ name: "node", hostPath: { path: "/" } }]],
        ["pod.serviceAccountName", "admin"],
      ),
    );
    expect(controls(violations)).toEqual([
      "site-labels",
      "replicas",
      "image-repository",
      "resource-bounds",
      "env-names",
      "service-account",
      "host-namespaces",
      "host-path",
      "privileged",
      "capabilities",
    ]);
    expect(violations[2]).toEqual({
      control: "image-repository",
      path: "spec.template.spec.containers[0].image",
      found: '"nginx:1"',
      allowed: "ghcr.io/subscribie/*",
      message:
        'image-repository: spec.template.spec.containers[0].image: found "nginx:1", allowed ghcr.io/subscribie/*',
    });
  });

  it("refuses what is no object of the API", () => {
    for (const object of [undefined, null, 1, "Deployment", [], {}, { kind: 1 }]) {
      expect(controls(evaluateCreate(object).violations)).toEqual(["well-formed"]);
    }
  });

  it("refuses a kind in another case, which the API does not know", () => {
    const [violation] = evaluateCreate(site(["kind", "deployment"])).violations;
    expect(violation).toMatchObject({ control: "well-formed", path: "kind", allowed: "Deployment" });
  });

  it("has nothing to say about other kinds", () => {
    expect(evaluateCreate({ kind: "ConfigMap", metadata: { generateName: "a" } }).violations).toEqual([]);
  });

  it("shows what was found without control characters, and cut", () => {
    const evil = `\u001b[31m\r\n\u202e${"x".repeat(10_000)}`;
    const [violation] = evaluateCreate(site(["container.image", evil])).violations;
    expect(violation?.found).toMatch(/^"[\u0020-\u007e]+…$/);
    expect(violation?.message.length).toBeLessThan(400);
  });

  it("keeps keys that a stranger chose out of the line's structure", () => {
    const [violation] = evaluateCreate(site(["pod.nodeSelector", { "a\nb\u001b[0m": "x" }])).violations;
    expect(violation?.path).toBe("spec.template.spec.nodeSelector[a b\\u{1b}[0m]");
  });

  it("looks at the whole of any kind that makes pods", () => {
    const template = {
      spec: { hostPID: true, containers: [minimalContainer("a")], automountServiceAccountToken: false },
    };
    const kinds = {
      ReplicaSet: { spec: { template } },
      ReplicationController: { spec: { template } },
      StatefulSet: { spec: { template } },
      DaemonSet: { spec: { template } },
      Job: { spec: { template } },
      CronJob: { spec: { jobTemplate: { spec: { template } } } },
      PodTemplate: { template },
      Pod: template,
    };
    for (const [kind, body] of Object.entries(kinds)) {
      expect(controls(evaluateCreate({ kind, metadata: { name: "a" }, ...body }).violations)).toEqual([
        "host-namespaces",
      ]);
    }
  });

  it("holds no site's own rules against other kinds", () => {
    expect(
      evaluateCreate(pod(["metadata.generateName", "helper-"], ["metadata.finalizers", ["a.example/b"]]))
        .violations,
    ).toEqual([]);
  });
});

describe("modes", () => {
  const bad = site(["container.tty", true]);

  it("warns instead of denying", () => {
    const evaluation = evaluateCreate(bad, { controls: { interactive: "warn" } });
    expect(evaluation.violations).toEqual([]);
    expect(evaluation.warnings).toEqual([
      "interactive: spec.template.spec.containers[0].tty: found true, allowed false",
    ]);
  });

  it("only records in audit mode", () => {
    const evaluation = evaluateCreate(bad, { controls: { interactive: "audit" } });
    expect(evaluation.violations).toEqual([]);
    expect(evaluation.warnings).toEqual([]);
    expect(controls(evaluation.audits)).toEqual(["interactive"]);
  });

  it("denies where a control that warns is told to", () => {
    const credential = site(["container.env", [{ name: "PASSWORD", value: "hunter2" }]]);
    expect(evaluateCreate(credential).violations).toEqual([]);
    const { violations } = evaluateCreate(credential, { controls: { "env-credentials": "deny" } });
    expect(controls(violations)).toEqual(["env-credentials"]);
    expect(JSON.stringify(violations)).not.toContain("hunter2");
  });
});

describe("exemptions", () => {
  const bad = site(["container.tty", true], ["container.stdin", true], ["pod.hostPID", true]);
  const exemption = {
    controls: ["interactive"],
    site: "soap",
    reason: "a migration by hand",
    expires: "2026-02-01",
  };
  const evaluateAt = (time: number, fields: object = {}, object = bad) =>
    evaluate(object, parseLimits({ exemptions: [{ ...exemption, ...fields }] }), {
      operation: "CREATE",
      namespace: "shops",
      now: time,
    });

  it("hold for the named controls of the named site, and say why", () => {
    const evaluation = evaluateAt(now);
    expect(controls(evaluation.violations)).toEqual(["host-namespaces"]);
    expect(evaluation.exempted.map(({ reason }) => reason)).toEqual([
      "a migration by hand",
      "a migration by hand",
    ]);
  });

  it("end on their day", () => {
    expect(controls(evaluateAt(Date.UTC(2026, 1, 1) - 1).violations)).toEqual(["host-namespaces"]);
    expect(controls(evaluateAt(Date.UTC(2026, 1, 1)).violations)).toContain("interactive");
  });

  it("do not hold for another site, nor for one that only labels itself so", () => {
    const other = changed(bad, ["metadata.name", "candles"]);
    expect(controls(evaluateAt(now, {}, other).violations)).toContain("interactive");
  });

  it("do not hold in another namespace", () => {
    expect(controls(evaluateAt(now, { namespace: "staging" }).violations)).toContain("interactive");
    expect(controls(evaluateAt(now, { namespace: "shops" }).violations)).not.toContain("interactive");
  });

  it("cannot be given by the object itself", () => {
    const begging = changed(bad, [
      "metadata.annotations",
      { "subscribie.co.uk/exempt": "interactive", "policies.kyverno.io/ignore": "true" },
    ]);
    expect(controls(evaluateCreate(begging).violations)).toContain("interactive");
  });
});

describe("on an UPDATE", () => {
  const legacy = site(["container.image", "nginx:1"], ["pod.hostPID", true]);

  it("a violation that was there before warns", () => {
    const evaluation = evaluateUpdate(changed(legacy, ["metadata.annotations", { note: "x" }]), legacy);
    expect(evaluation.violations).toEqual([]);
    expect(controls(evaluation.warned)).toEqual(["image-repository", "host-namespaces"]);
  });

  it("a changed value denies, and what stayed warns", () => {
    const evaluation = evaluateUpdate(changed(legacy, ["container.image", "nginx:2"]), legacy);
    expect(controls(evaluation.violations)).toEqual(["image-repository"]);
    expect(controls(evaluation.warned)).toEqual(["host-namespaces"]);
  });

  it("a new violation denies", () => {
    expect(controls(evaluateUpdate(changed(legacy, ["pod.hostIPC", true]), legacy).violations)).toEqual([
      "host-namespaces",
    ]);
  });

  it("an object on its way out is judged like any other", () => {
    const leaving = changed(site(), ["metadata.deletionTimestamp", "2026-01-01T00:00:00Z"]);
    expect(controls(evaluateUpdate(changed(leaving, ["pod.hostPID", true]), leaving).violations)).toEqual([
      "host-namespaces",
    ]);
  });

  it("a finalizer of an object that violates tightened limits can be removed", () => {
    const leaving = changed(legacy, ["metadata.finalizers", ["a.example/b"]]);
    expect(evaluateUpdate(changed(leaving, ["metadata.finalizers", undefined]), leaving).violations).toEqual(
      [],
    );
  });

  it("containers are known by their names, wherever they stand", () => {
    const old = site(["pod.containers", [minimalContainer("a"), { ...minimalContainer("b"), tty: true }]]);
    const moved = site(["pod.containers", [{ ...minimalContainer("b"), tty: true }, minimalContainer("a")]]);
    const swapped = site([
      "pod.containers",
      [{ ...minimalContainer("a"), tty: true }, minimalContainer("b")],
    ]);
    expect(evaluateUpdate(moved, old).violations).toEqual([]);
    expect(controls(evaluateUpdate(swapped, old).violations)).toEqual(["interactive"]);
  });

  it("plain values and elements without a name are known wherever they stand", () => {
    const everything = { operator: "Exists" };
    const noSchedule = { ...everything, effect: "NoSchedule" };
    const noExecute = { ...everything, effect: "NoExecute" };
    const capabilities = (...add: string[]): Change => ["container.securityContext.capabilities.add", add];
    const tolerations = (...list: unknown[]): Change => ["pod.tolerations", list];
    const old = site(capabilities("SYS_ADMIN", "NET_ADMIN"), tolerations(noSchedule, noExecute));
    const moved = site(capabilities("NET_ADMIN", "SYS_ADMIN"), tolerations(noExecute, noSchedule));
    expect(evaluateUpdate(moved, old).violations).toEqual([]);
    const shorter = site(capabilities("KILL", "NET_ADMIN"), tolerations(noExecute));
    expect(evaluateUpdate(shorter, old).violations).toEqual([]);
    const more = site(capabilities("SYS_ADMIN", "NET_ADMIN"), tolerations(everything, noExecute, noSchedule));
    expect(evaluateUpdate(more, old).violations.map(({ path }) => path)).toEqual([
      "spec.template.spec.tolerations[0]",
    ]);
    const twice = site(
      capabilities("SYS_ADMIN", "NET_ADMIN"),
      tolerations(noSchedule, noSchedule, noExecute),
    );
    expect(evaluateUpdate(twice, old).violations.map(({ path }) => path)).toEqual([
      "spec.template.spec.tolerations[1]",
    ]);
  });

  it("what stayed of an element that changed warns, and two halves of two elements are no known whole", () => {
    const term = (name: string, topologyKey: string) => ({
      labelSelector: { matchLabels: { "site-name": name } },
      topologyKey,
    });
    const terms = (...list: unknown[]) =>
      site(["pod.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution", list]);
    const old = terms(term("candles", "kubernetes.io/hostname"), term("soap", "rack"));
    expect(evaluateUpdate(terms(term("candles", "topology.kubernetes.io/zone")), old).violations).toEqual([]);
    const joined = terms(term("candles", "rack"), term("soap", "rack"));
    expect(evaluateUpdate(joined, old).violations.map(({ path }) => path)).toEqual([
      "spec.template.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey",
    ]);
  });

  it("a container of another name is another container", () => {
    const [old, renamed] = ["a", "b"].map((name) =>
      site(["pod.containers", [{ ...minimalContainer(name), tty: true }]]),
    );
    expect(controls(evaluateUpdate(renamed, old).violations)).toEqual(["interactive"]);
  });

  it("too many annotations let a rollout write its own, and its author no more", () => {
    const large = site(["metadata.annotations", { note: "x".repeat(70_000) }]);
    const upgraded = changed(large, [
      ["metadata", "annotations", "subscribie.co.uk/rollout"],
      "20260101-120000-upgrade",
    ]);
    expect(evaluateUpdate(upgraded, large).violations).toEqual([]);
    const larger = changed(upgraded, ["metadata.annotations.more", "x"]);
    expect(controls(evaluateUpdate(larger, upgraded).violations)).toEqual(["annotations"]);
  });

  it("two values that look the same when cut are not the same", () => {
    const [first, second] = ["a", "b"].map((end) => site(["container.image", `${"x".repeat(500)}${end}`]));
    expect(controls(evaluateUpdate(second, first).violations)).toEqual(["image-repository"]);
    expect(evaluateUpdate(first, first).violations).toEqual([]);
  });

  it("more violations than are counted deny, also where they were there before", () => {
    const flood = site([
      "pod.nodeSelector",
      Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`k${index}`, "x"])),
    ]);
    expect(controls(evaluateUpdate(flood, flood).violations)).toEqual(["node-selector"]);
  });

  it("an old object of another kind proves nothing", () => {
    expect(controls(evaluateUpdate(legacy, { kind: "ConfigMap" }).violations)).toEqual([
      "image-repository",
      "host-namespaces",
    ]);
  });

  it("a scale beyond the limit that stays is a warning, a new one is denied", () => {
    const [large, small] = [20, 3].map((replicas) => ({ kind: "Scale", spec: { replicas } }));
    expect(evaluateUpdate(large, large).violations).toEqual([]);
    expect(controls(evaluateUpdate(large, small).violations)).toEqual(["replicas"]);
  });
});

it("tells apart what a JavaScript object has by itself from what the author wrote", () => {
  const text = `{"kind":"Deployment","metadata":{"name":"soap","labels":{"subscribie":"site","site-name":"soap","__proto__":"x"}},
    "spec":{"selector":{"matchLabels":{"site-name":"soap"}},"template":{"__proto__":{"spec":{}}, "metadata":{"labels":{"subscribie":"site","site-name":"soap"}},
    "spec":{"__proto__":{"automountServiceAccountToken":false},"containers":[]}}}}`;
  const found = allFindings(evaluateCreate(JSON.parse(text)));
  expect(found).toContainEqual({
    control: "service-account-token",
    path: "spec.template.spec.automountServiceAccountToken",
  });
  expect(found).toContainEqual({ control: "unknown-fields", path: "spec.template.__proto__" });
});
