import { site } from "../../shared/policy/sample-site.ts";
import { applyApiDefaults } from "../../../shared/policy/api-defaults.ts";
import { completeSite } from "../../../shared/policy/defaults.ts";
import { defaultLimits } from "../../../shared/policy/limits.ts";
import jsonPatch from "fast-json-patch";

/** A site as it lives in a cluster: complete, with status, and managedFields as kubectl and the controller leave them. */
function liveSite(version: string, environmentBytes: number): unknown {
  const env = Array.from({ length: 12 }, (_, index) => ({
    name: `SETTING_${index}`,
    value: "x".repeat(Math.ceil(environmentBytes / 12)),
  }));
  const defaulted = applyApiDefaults(
    site(
      ["container.image", `ghcr.io/subscribie/subscribie:${version}`],
      ["container.ports", [{ name: "http", containerPort: 80, protocol: "TCP" }]],
      ["container.env", env],
      [
        "metadata.annotations",
        { "deployment.kubernetes.io/revision": "3", "subscribie.co.uk/owner": "a".repeat(64) },
      ],
      ["metadata.uid", "0df28fbd-5f5f-11e8-bc74-36e6bb280816"],
      ["metadata.resourceVersion", "123456"],
      ["metadata.generation", 3],
      ["metadata.managedFields", managedFields()],
      [
        "status",
        { observedGeneration: 3, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
      ],
    ),
  );
  const operations = structuredClone(completeSite(defaulted, undefined, defaultLimits).operations);
  return jsonPatch.applyPatch(defaulted, operations, false, false).newDocument;
}

function managedFields(): object[] {
  const fields = Object.fromEntries(
    [
      "image",
      "imagePullPolicy",
      "name",
      "resources",
      "readinessProbe",
      "lifecycle",
      "terminationMessagePath",
    ].map((name) => [`f:${name}`, {}]),
  );
  const container = { 'k:{"name":"subscribie"}': { ".": {}, ...fields } };
  return ["kubectl-client-side-apply", "kube-controller-manager"].map((manager) => ({
    manager,
    operation: "Update",
    apiVersion: "apps/v1",
    time: "2026-01-01T00:00:00Z",
    fieldsType: "FieldsV1",
    fieldsV1: {
      "f:metadata": { "f:labels": { ".": {}, "f:site-name": {}, "f:subscribie": {} } },
      "f:spec": { "f:replicas": {}, "f:template": { "f:spec": { "f:containers": container } } },
    },
  }));
}

/** An UPDATE review of a new image, as the API server sends it. */
export function updateReview(environmentBytes: number): string {
  const requestKind = { group: "apps", version: "v1", kind: "Deployment" };
  const requestResource = { group: "apps", version: "v1", resource: "deployments" };
  return JSON.stringify({
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
      kind: requestKind,
      resource: requestResource,
      requestKind,
      requestResource,
      name: "soap",
      namespace: "shops",
      operation: "UPDATE",
      userInfo: { username: "ann", uid: "014fbff9", groups: ["system:authenticated", "shops"] },
      object: liveSite("v0.11", environmentBytes),
      oldObject: liveSite("v0.10", environmentBytes),
      dryRun: false,
      options: { kind: "UpdateOptions", apiVersion: "meta.k8s.io/v1", fieldManager: "kubectl-set" },
    },
  });
}
