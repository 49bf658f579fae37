import type { AdmissionRequest } from "../../webhook/admission-review.ts";
import { site } from "../shared/policy/sample-site.ts";

/** A request as the API server sends it for the creation of a minimal site, with other fields where given. */
export function admissionRequest(
  fields: Partial<AdmissionRequest> & Record<string, unknown> = {},
): AdmissionRequest {
  return {
    uid: "0df28fbd-5f5f-11e8-bc74-36e6bb280816",
    resource: { group: "apps", version: "v1", resource: "deployments" },
    operation: "CREATE",
    name: "soap",
    namespace: "shops",
    userInfo: { username: "ann" },
    object: site(),
    oldObject: null,
    dryRun: false,
    ...fields,
  };
}

export function admissionReview(
  fields: Partial<AdmissionRequest> & Record<string, unknown> = {},
): Record<string, unknown> {
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: admissionRequest(fields) };
}
