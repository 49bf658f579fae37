import https from "node:https";
import type { Server } from "node:https";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import * as z from "zod";
import { createApiClient } from "../control-plane/api-client.ts";
import { endOfAuditLog, readAuditLog } from "../control-plane/audit-log.ts";
import { client, controlPlane, createTestNamespace, kubectl } from "../control-plane/test-cluster.ts";
import { site } from "../shared/policy/sample-site.ts";
import type { Change } from "../shared/policy/sample-site.ts";
import { startClusterWebhook } from "./cluster-webhook.ts";
import type { ClusterWebhook } from "./cluster-webhook.ts";
import { createTestCertificates } from "./test-certificates.ts";

/* The traps of api-traps.test.ts that only a real API server can set. */

let webhook: ClusterWebhook;
let namespace: string;
let elsewhere: string;

beforeAll(async () => {
  webhook = await startClusterWebhook();
  namespace = await createTestNamespace("traps", webhook.labels);
  elsewhere = await createTestNamespace("elsewhere", webhook.elsewhereLabels);
  await vi.waitFor(
    async () => {
      const { status } = await create(["pod.hostPID", true]);
      if (status !== 403) throw new Error(`the webhook is not called yet: ${status}`);
    },
    { timeout: 60_000, interval: 200 },
  );
});

afterAll(async () => {
  await webhook.stop();
});

const deployments = (name = "", within = namespace) =>
  `/apis/apps/v1/namespaces/${within}/deployments${name}`;

/** Tries to create the site `soap` with changes, as a dry run. */
async function create(...changes: readonly Change[]) {
  const body = site(["metadata.namespace", namespace], ...changes);
  return await client.request("POST", `${deployments()}?dryRun=All`, { body });
}

/** What an author writes who knows nothing of sites' labels. */
function bare(name: string): object {
  const labels = { app: name };
  const container = { name: "subscribie", image: "ghcr.io/subscribie/subscribie:v0.10" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

async function apply(object: object, ...flags: readonly string[]) {
  return await kubectl(["apply", "-n", namespace, ...flags, "-f", "-"], { input: JSON.stringify(object) });
}

const liveSchema = z.object({
  metadata: z.object({
    generation: z.number(),
    labels: z.record(z.string(), z.string()).default({}),
    managedFields: z.array(z.looseObject({ manager: z.string() })),
  }),
  spec: z.object({ template: z.object({ spec: z.looseObject({ containers: z.array(z.unknown()) }) }) }),
});

async function read(name: string, within = namespace) {
  return liveSchema.parse((await client.request("GET", deployments(`/${name}`, within))).body);
}

it("A7: kubectl diff shows what would be set, and changes nothing", async () => {
  const { code, stdout } = await kubectl(["diff", "-n", namespace, "-f", "-"], {
    input: JSON.stringify(bare("diffed")),
  });
  expect([code, stdout]).toEqual([1, expect.stringContaining("+    site-name: diffed")]);
  expect((await client.request("GET", deployments("/diffed"))).status).toBe(404);
});

it("A11: the audit log has what was found, under the webhook's name", async () => {
  const { auditLog } = controlPlane;
  if (auditLog === null) throw new Error("the control plane writes no audit log");
  const from = await endOfAuditLog(auditLog);
  const userAgent = `audited-${namespace}`;
  const audited = createApiClient(controlPlane, { userAgent });
  const body = site(["metadata.namespace", namespace], ["pod.hostPID", true]);
  expect((await audited.request("POST", deployments(), { body })).status).toBe(403);
  audited.close();
  await expect
    .poll(async () => (await readAuditLog(auditLog, { userAgent, from })).map((event) => event.annotations))
    .toEqual([
      expect.objectContaining({
        "sites.validate.subscribie.co.uk/violations": "host-namespaces spec.template.spec.hostPID",
      }),
    ]);
});

it("A22: a status changes neither labels nor spec, and nobody is asked", async () => {
  await apply(bare("status"));
  const body = { metadata: { labels: null }, spec: { template: { spec: { hostPID: true } } } };
  const contentType = "application/merge-patch+json";
  const { status } = await client.request("PATCH", deployments("/status/status"), { body, contentType });
  const { metadata, spec } = await read("status");
  expect([status, metadata.labels, spec.template.spec["hostPID"]]).toEqual([
    200,
    { subscribie: "site", "site-name": "status" },
    undefined,
  ]);
});

it("A26, A27: two managers who apply the same do not conflict, and managedFields stay whole", async () => {
  for (const manager of ["one", "two", "one"]) {
    const { code, stderr } = await apply(bare("managed"), "--server-side", `--field-manager=${manager}`);
    expect([code, stderr]).toEqual([0, expect.not.stringMatching(/conflict|managedFields/)]);
  }
  const managers = (await read("managed")).metadata.managedFields.map(({ manager }) => manager);
  expect(managers).toEqual(expect.arrayContaining(["one", "two"]));
});

it("a labelled site of another namespace stays one, whoever takes the label away", async () => {
  const body = site(["metadata.namespace", elsewhere]);
  expect((await client.request("POST", deployments("", elsewhere), { body })).status).toBe(201);
  const unlabelled = await kubectl(["label", "-n", elsewhere, "deploy/soap", "subscribie-", "site-name-"]);
  expect(unlabelled.code).toBe(0);
  expect((await read("soap", elsewhere)).metadata.labels).toEqual({
    subscribie: "site",
    "site-name": "soap",
  });
});

it("A6: what another webhook injects after ours is completed, and nothing else is touched", async () => {
  const other = await startInjector();
  try {
    await vi.waitFor(
      async () => {
        const { body } = await create();
        const containers = liveSchema.shape.spec.parse(z.object({ spec: z.unknown() }).parse(body).spec);
        if (containers.template.spec.containers.length !== 2) throw new Error("nothing is injected yet");
      },
      { timeout: 60_000, interval: 200 },
    );
    const { code, stderr } = await apply(bare("injected"));
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("Error")]);
    const { containers } = (await read("injected")).spec.template.spec;
    expect(containers).toEqual([
      expect.objectContaining({ name: "subscribie", readinessProbe: expect.anything() }),
      expect.objectContaining({
        name: "proxy",
        resources: expect.objectContaining({ limits: expect.objectContaining({ memory: "512Mi" }) }),
        securityContext: { allowPrivilegeEscalation: false },
      }),
    ]);
    await apply(bare("injected"));
    expect((await read("injected")).metadata.generation).toBe(1);
  } finally {
    await other.stop();
  }
});

const reviewSchema = z.object({
  request: z.object({ uid: z.string(), object: z.object({ spec: liveSchema.shape.spec }) }),
});

/** Starts somebody else's mutating webhook, which is called after ours and injects a sidecar once. */
async function startInjector(): Promise<{ readonly stop: () => Promise<void> }> {
  const { authority, serving } = await createTestCertificates();
  const server = https.createServer(
    { cert: serving.certificate, key: serving.privateKey },
    (request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      request.on("end", () => {
        const { uid, object } = reviewSchema.parse(JSON.parse(text)).request;
        const proxy = { name: "proxy", image: "ghcr.io/subscribie/proxy:v1" };
        const patch =
          object.spec.template.spec.containers.length > 1
            ? []
            : [{ op: "add", path: "/spec/template/spec/containers/-", value: proxy }];
        const encoded = Buffer.from(JSON.stringify(patch)).toString("base64");
        const answer = { uid, allowed: true, patchType: "JSONPatch", patch: encoded };
        response.setHeader("content-type", "application/json");
        response.end(
          JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: answer }),
        );
      });
    },
  );
  const port = await listen(server);
  // The API server asks in the order of the configurations' names.
  const name = `z-${webhook.configuration}`;
  const configurations = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
  const entry = {
    name: "injector.example.com",
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    namespaceSelector: { matchLabels: webhook.labels },
    rules: [{ apiGroups: ["apps"], apiVersions: ["v1"], resources: ["deployments"], operations: ["CREATE"] }],
    clientConfig: {
      url: `https://127.0.0.1:${port}/`,
      caBundle: Buffer.from(authority.certificate).toString("base64"),
    },
  };
  const body = { metadata: { name }, webhooks: [entry] };
  expect((await client.request("POST", configurations, { body })).status).toBe(201);
  return {
    async stop() {
      await client.request("DELETE", `${configurations}/${name}`);
      server.closeAllConnections();
      server.close();
    },
  };
}

async function listen(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the injector has no port");
  return address.port;
}
