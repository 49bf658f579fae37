import { expect, type TestContext } from "vitest";

import { client } from "../control-plane/test-cluster.ts";
import { eventually } from "./eventually.ts";

const api = "/apis/admissionregistration.k8s.io/v1";
const apiVersion = "admissionregistration.k8s.io/v1";

/** Registrations concern the whole cluster: each is named after the one namespace that it is for, and goes with its test. */
async function register(
  resource: string,
  body: { metadata: { name: string }; [member: string]: unknown },
  { onTestFinished }: TestContext,
): Promise<void> {
  const { status, body: answer } = await client.request("POST", `${api}/${resource}`, { body });
  if (status !== 201) throw new Error(`registering ${resource}: ${JSON.stringify(answer)}`);
  onTestFinished(
    async () => void (await client.request("DELETE", `${api}/${resource}/${body.metadata.name}`)),
  );
}

function inNamespace(namespace: string) {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } };
}

function changesOfDeployments(operations: readonly string[]) {
  return [{ apiGroups: ["apps"], apiVersions: ["v1"], operations, resources: ["deployments"] }];
}

/** What the API server answers to a change of a site's image that is not stored. It takes a moment to hear of a registration. */
async function answerToChange(namespace: string, site: string): Promise<string> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${site}?dryRun=All`;
  const { body } = await client.request("PATCH", path, {
    contentType: "application/json-patch+json",
    body: [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "probe:v1" }],
  });
  return JSON.stringify(body);
}

/** A policy that refuses each change of the image of one site, or of all, for a reason of its own. */
export async function refuseByPolicy(
  refused: { namespace: string; site: string; all?: boolean; message: string },
  context: TestContext,
): Promise<void> {
  const { namespace: name, site, message } = refused;
  const image = "spec.template.spec.containers[0].image";
  const isUnchanged = `object.${image} == oldObject.${image}`;
  const expression =
    refused.all === true ? isUnchanged : `${isUnchanged} || object.metadata.name != '${site}'`;
  await register(
    "validatingadmissionpolicies",
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name },
      spec: {
        matchConstraints: { resourceRules: changesOfDeployments(["UPDATE"]) },
        validations: [{ expression, message }],
      },
    },
    context,
  );
  await register(
    "validatingadmissionpolicybindings",
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name, validationActions: ["Deny"], matchResources: inNamespace(name) },
    },
    context,
  );
  await eventually(async () => await answerToChange(name, site), expect.stringContaining(message));
}

/** Takes back what refuseByPolicy registered, and waits until it is no longer in force. */
export async function liftPolicy(namespace: string, site: string): Promise<void> {
  await client.request("DELETE", `${api}/validatingadmissionpolicybindings/${namespace}`);
  await client.request("DELETE", `${api}/validatingadmissionpolicies/${namespace}`);
  await eventually(
    async () => await answerToChange(namespace, site),
    expect.stringContaining('"kind":"Deployment"'),
  );
}

/** A webhook that must be asked, and that nobody serves. */
export async function registerDeadWebhook(
  { namespace, site }: { namespace: string; site: string },
  context: TestContext,
): Promise<void> {
  await register(
    "validatingwebhookconfigurations",
    {
      apiVersion,
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: namespace },
      webhooks: [
        {
          name: "dead.example.com",
          // Nothing listens on port 1.
          clientConfig: { url: "https://127.0.0.1:1/validate" },
          rules: changesOfDeployments(["UPDATE"]),
          failurePolicy: "Fail",
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          ...inNamespace(namespace),
        },
      ],
    },
    context,
  );
  await eventually(
    async () => await answerToChange(namespace, site),
    expect.stringContaining("failed calling webhook"),
  );
}

/** What the default that defaultByAdmission writes is. */
export const defaultGracePeriod = 47;

/** A webhook that was installed after the sites were created, played by a policy of the API server's own. */
export async function defaultByAdmission(
  { namespace: name, site }: { namespace: string; site: string },
  context: TestContext,
): Promise<void> {
  const expression =
    "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{" +
    `terminationGracePeriodSeconds: ${defaultGracePeriod}}}}}`;
  await register(
    "mutatingadmissionpolicies",
    {
      apiVersion,
      kind: "MutatingAdmissionPolicy",
      metadata: { name },
      spec: {
        matchConstraints: { resourceRules: changesOfDeployments(["CREATE", "UPDATE"]) },
        failurePolicy: "Fail",
        reinvocationPolicy: "Never",
        mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression } }],
      },
    },
    context,
  );
  await register(
    "mutatingadmissionpolicybindings",
    {
      apiVersion,
      kind: "MutatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name, matchResources: inNamespace(name) },
    },
    context,
  );
  await eventually(
    async () => await answerToChange(name, site),
    expect.stringContaining(`"terminationGracePeriodSeconds":${defaultGracePeriod}`),
  );
}
