import { describe, expect, it } from "vitest";
import { MalformedReviewError } from "../../webhook/admission-review.ts";
import type { AdmissionRequest } from "../../webhook/admission-review.ts";
import { validate } from "../../webhook/validate.ts";
import { defaultLimits, parseLimits } from "../../shared/policy/limits.ts";
import { changed, minimalContainer, pod, site } from "../shared/policy/sample-site.ts";
import { admissionRequest } from "./admission-request.ts";

const decide = (fields: Partial<AdmissionRequest>, limits = defaultLimits) =>
  validate(admissionRequest(fields), limits, 0).decision;

const bad = site(["pod.hostPID", true]);
const pods = { group: "", version: "v1", resource: "pods" };
const badPod = pod(["spec.hostPID", true]);

function scaleOf(replicas: number): object {
  return { kind: "Scale", apiVersion: "autoscaling/v1", metadata: { name: "soap" }, spec: { replicas } };
}

/** A request to scale from one number of replicas to another. */
function scale(replicas: number, old: number): Partial<AdmissionRequest> {
  return { operation: "UPDATE", subResource: "scale", object: scaleOf(replicas), oldObject: scaleOf(old) };
}

describe("validate", () => {
  it("allows a site within the limits, with nothing more in the answer", () => {
    expect(decide({})).toEqual({ allowed: true, warnings: [], auditAnnotations: {} });
  });

  it("denies with every violation in a line of its own", () => {
    const decision = decide({ object: site(["pod.hostPID", true], ["container.tty", true]) });
    expect(decision).toEqual({
      allowed: false,
      message: [
        "2 violations of the limits for sites:",
        "  interactive: spec.template.spec.containers[0].tty: found true, allowed false",
        "  host-namespaces: spec.template.spec.hostPID: found true, allowed false",
      ].join("\n"),
      warnings: [],
      auditAnnotations: {
        violations:
          "interactive spec.template.spec.containers[0].tty; host-namespaces spec.template.spec.hostPID",
      },
    });
  });

  it("caps the message, and says how many lines are missing", () => {
    const flood = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, "x"]));
    const decision = decide({ object: site(["pod.nodeSelector", flood]) });
    const lines = decision.allowed ? [] : decision.message.split("\n");
    expect(lines).toHaveLength(42);
    expect(lines.at(-1)).toBe("  … and 260 more; kubectl subscribie lint -f FILE lists them all");
  });

  it("A18: is enough alone to refuse an unlabelled site, a wrongly labelled one and a generated name", () => {
    const { allowed } = decide({ object: site(["metadata.labels", undefined]) });
    expect(allowed).toBe(false);
    expect(decide({ object: site(["metadata.labels.site-name", "candles"]) }).allowed).toBe(false);
    expect(
      decide({ name: "", object: site(["metadata.name", undefined], ["metadata.generateName", "soap-"]) })
        .allowed,
    ).toBe(false);
  });

  it("refuses a changed site-name on an UPDATE", () => {
    const decision = decide({
      operation: "UPDATE",
      oldObject: site(),
      object: site(["metadata.labels.site-name", "candles"]),
    });
    expect(decision.allowed).toBe(false);
  });

  it("A10, A24: warns on an UPDATE about what was so before, in lines that the API server does not cut", () => {
    const old = changed(bad, ["container.image", `nginx:${"x".repeat(120)}`]);
    const decision = decide({
      operation: "UPDATE",
      oldObject: old,
      object: changed(old, ["metadata.annotations", { a: "b" }]),
    });
    expect(decision.allowed).toBe(true);
    expect(decision.warnings).toHaveLength(2);
    for (const warning of decision.warnings ?? []) {
      expect(warning).toMatch(/^subscribie: [a-z-]+: spec\./);
      expect(warning.length).toBeLessThanOrEqual(240);
    }
  });

  it("A7, A24: judges dry runs and objects on their way out like all others", () => {
    expect(decide({ object: bad, dryRun: true }).allowed).toBe(false);
    const leaving = site(["metadata.deletionTimestamp", "2026-01-01T00:00:00Z"]);
    expect(
      decide({ operation: "UPDATE", oldObject: leaving, object: changed(leaving, ["pod.hostPID", true]) })
        .allowed,
    ).toBe(false);
  });

  it.each(["DELETE", "CONNECT"])("A25: allows %s, which makes nothing", (operation) => {
    expect(decide({ operation, object: null, oldObject: bad })).toEqual({ allowed: true });
  });

  it("allows other groups' and subresources' requests, whatever they hold", () => {
    for (const resource of [
      { group: "example.com", version: "v1", resource: "deployments" },
      { group: "", version: "v1", resource: "configmaps" },
    ]) {
      expect(decide({ resource, object: null })).toEqual({ allowed: true });
    }
    expect(decide({ subResource: "status", object: bad })).toEqual({ allowed: true });
  });

  it("A25: refuses a version or an operation that it does not know of a resource that it does", () => {
    const resource = { group: "apps", version: "v2", resource: "deployments" };
    expect(decide({ resource })).toEqual({
      allowed: false,
      message: "this policy does not know CREATE of apps/v2 deployments",
    });
    expect(decide({ operation: "UPSERT" }).allowed).toBe(false);
  });

  it("takes an object of another kind than its resource's for malformed", () => {
    for (const object of [null, undefined, "x", [], { kind: "ConfigMap" }, pod()]) {
      expect(() => decide({ object })).toThrow(MalformedReviewError);
    }
  });

  it("A23: holds deployments/scale within the bounds of replicas", () => {
    expect(decide(scale(10, 1)).allowed).toBe(true);
    expect(decide(scale(11, 1)).allowed).toBe(false);
    expect(decide(scale(11, 11)).allowed).toBe(true);
    const resource = { group: "apps", version: "v1", resource: "replicasets" };
    expect(decide({ ...scale(11, 1), resource }).allowed).toBe(false);
  });

  it("holds bare pods and their like against the pod's controls, so that nobody walks around the policy", () => {
    expect(decide({ resource: pods, object: pod() }).allowed).toBe(true);
    expect(decide({ resource: pods, object: badPod }).allowed).toBe(false);
    const template = { spec: { hostPID: true, containers: [minimalContainer("a")] } };
    const resources: readonly (readonly [string, string, string, object])[] = [
      ["apps", "replicasets", "ReplicaSet", { spec: { template } }],
      ["apps", "statefulsets", "StatefulSet", { spec: { template } }],
      ["apps", "daemonsets", "DaemonSet", { spec: { template } }],
      ["", "replicationcontrollers", "ReplicationController", { spec: { template } }],
      ["", "podtemplates", "PodTemplate", { template }],
      ["batch", "jobs", "Job", { spec: { template } }],
      ["batch", "cronjobs", "CronJob", { spec: { jobTemplate: { spec: { template } } } }],
    ];
    for (const [group, resource, kind, fields] of resources) {
      const object = { kind, metadata: { name: "a" }, ...fields };
      expect(decide({ resource: { group, version: "v1", resource }, object }).allowed).toBe(false);
    }
  });

  it("judges ephemeral containers that are added to a running pod, and says nothing about the pod itself", () => {
    const running = pod(["metadata.labels", { subscribie: "site", "site-name": "soap" }]);
    const debugged = (image: string) =>
      decide({
        resource: pods,
        subResource: "ephemeralcontainers",
        operation: "UPDATE",
        oldObject: running,
        object: changed(running, ["spec.ephemeralContainers", [{ name: "debug", image }]]),
      });
    expect(debugged("ghcr.io/subscribie/debug:v1")).toMatchObject({ allowed: true, warnings: [] });
    expect(debugged("busybox:1")).toMatchObject({ allowed: false });
  });

  it("leaves pods to the built-in controllers, kubelets and whom the operator exempts", () => {
    const exempting = parseLimits({
      workloads: { exemptUsers: ["system:serviceaccount:ci:runner"], presets: ["cert-manager"] },
    });
    const users = [
      ["system:serviceaccount:kube-system:replicaset-controller", true],
      ["system:kube-controller-manager", true],
      ["system:node:node-1", true],
      ["system:serviceaccount:ci:runner", true],
      ["system:serviceaccount:cert-manager:cert-manager", true],
      ["system:serviceaccount:shops:replicaset-controller", false],
      ["system:serviceaccount:kube-system:replicaset-controller2", false],
      ["ann", false],
      ["", false],
    ] as const;
    for (const [username, allowed] of users) {
      expect(decide({ resource: pods, object: badPod, userInfo: { username } }, exempting).allowed).toBe(
        allowed,
      );
    }
    expect(decide({ resource: pods, object: badPod, userInfo: undefined }).allowed).toBe(false);
  });

  it("leaves nobody's sites and scaling alone", () => {
    const userInfo = { username: "system:serviceaccount:kube-system:deployment-controller" };
    expect(decide({ object: bad, userInfo }).allowed).toBe(false);
  });
});
