import { expect, it } from "vitest";
import { mutate } from "../../webhook/mutate.ts";
import { defaultLimits } from "../../shared/policy/limits.ts";
import { pod, site } from "../shared/policy/sample-site.ts";
import { admissionRequest } from "./admission-request.ts";

const unlabelled = site(["metadata.labels", undefined]);

it("labels and completes a site, and says in one short line what it set", () => {
  const decision = mutate(admissionRequest({ object: unlabelled }), defaultLimits);
  expect(decision).toMatchObject({ allowed: true });
  expect(decision.warnings).toEqual([
    expect.stringMatching(/^subscribie: set where you were silent: labels, /),
  ]);
  expect(decision.warnings?.[0]?.length).toBeLessThanOrEqual(120);
});

it("never refuses: that is the validating half's business", () => {
  const decision = mutate(admissionRequest({ object: site(["pod.hostPID", true]) }), defaultLimits);
  expect(decision.allowed).toBe(true);
});

it.each([
  [
    "A4, A25: a DELETE, where any patch is an error",
    { operation: "DELETE", object: null, oldObject: unlabelled },
  ],
  ["a CONNECT", { operation: "CONNECT", object: null }],
  ["an operation yet to come", { operation: "UPSERT", object: unlabelled }],
  [
    "another version",
    { resource: { group: "apps", version: "v2", resource: "deployments" }, object: unlabelled },
  ],
  ["A22: a status, where the API drops every change", { subResource: "status", object: unlabelled }],
  ["a scale", { subResource: "scale", object: { kind: "Scale" } }],
  ["a bare pod", { resource: { group: "", version: "v1", resource: "pods" }, object: pod() }],
  [
    "A30: a ReplicaSet, whose changed template makes its Deployment's controller run in circles",
    { resource: { group: "apps", version: "v1", resource: "replicasets" }, object: { kind: "ReplicaSet" } },
  ],
])("allows %s as it is", (_what, fields) => {
  expect(mutate(admissionRequest(fields), defaultLimits)).toEqual({ allowed: true });
});
