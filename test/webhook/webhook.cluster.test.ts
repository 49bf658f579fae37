import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { client, createTestNamespace, kubectl } from "../control-plane/test-cluster.ts";
import { changed, pod, site } from "../shared/policy/sample-site.ts";
import type { Change } from "../shared/policy/sample-site.ts";
import { startClusterWebhook } from "./cluster-webhook.ts";
import type { ClusterWebhook } from "./cluster-webhook.ts";

let webhook: ClusterWebhook;
let namespace: string;
let elsewhere: string;

beforeAll(async () => {
  webhook = await startClusterWebhook();
  namespace = await createTestNamespace("webhook", webhook.labels);
  elsewhere = await createTestNamespace("elsewhere", webhook.elsewhereLabels);
  // The API server hears of new configurations by watch.
  await vi.waitFor(
    async () => {
      const { status } = await create(named("probe", ["pod.hostPID", true]), "?dryRun=All");
      if (status !== 403) throw new Error(`the webhook is not called yet: ${status}`);
    },
    { timeout: 30_000, interval: 200 },
  );
});

afterAll(async () => {
  await webhook.stop();
});

const deploymentSchema = z.object({
  metadata: z.object({
    name: z.string(),
    generation: z.number(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    replicas: z.number(),
    revisionHistoryLimit: z.number(),
    selector: z.unknown(),
    strategy: z.unknown(),
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
      spec: z.looseObject({}),
    }),
  }),
});

/** A minimal site of another name. */
function named(name: string, ...changes: readonly Change[]): unknown {
  return site(
    ["metadata", { name, labels: { subscribie: "site", "site-name": name } }],
    ["spec.selector.matchLabels.site-name", name],
    ["template.metadata.labels.site-name", name],
    ...changes,
  );
}

/** What `kubectl create deployment` makes of a name. */
function bare(name: string): unknown {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "subscribie", image: "ghcr.io/subscribie/subscribie:v0.10" }] },
      },
    },
  };
}

const deployments = (name = "", inNamespace = namespace) =>
  `/apis/apps/v1/namespaces/${inNamespace}/deployments${name === "" ? "" : `/${name}`}`;

async function create(object: unknown, query = "", inNamespace = namespace) {
  return await client.request("POST", `${deployments("", inNamespace)}${query}`, { body: object });
}

async function patch(name: string, body: unknown, type: string, query = "") {
  return await client.request("PATCH", `${deployments(name)}${query}`, {
    body,
    contentType: `application/${type}`,
  });
}

async function read(name: string) {
  return deploymentSchema.parse((await client.request("GET", deployments(name))).body);
}

async function apply(object: unknown, ...flags: string[]) {
  return await kubectl(["apply", "-n", namespace, ...flags, "-f", "-"], { input: JSON.stringify(object) });
}

const messageOf = (body: unknown) => z.object({ message: z.string() }).parse(body).message;

describe("the mutating half, behind a real API server", () => {
  it("makes a bare Deployment a site: labels, defaults, and a selector as it was", async () => {
    const applied = await apply(bare("bare"));
    expect(applied.stderr).toContain("Warning: subscribie: set where you were silent: labels");
    const { metadata, spec } = await read("bare");
    expect(metadata.labels).toEqual({ subscribie: "site", "site-name": "bare" });
    expect(spec.template.metadata.labels).toEqual({ app: "bare", subscribie: "site", "site-name": "bare" });
    expect(spec.selector).toEqual({ matchLabels: { app: "bare" } });
    expect(spec.strategy).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
    expect(spec.revisionHistoryLimit).toBe(5);
    expect(spec.template.spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 35,
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          readinessProbe: { httpGet: { path: "/health", port: 80, scheme: "HTTP" } },
          lifecycle: { preStop: { sleep: { seconds: 5 } } },
          resources: { limits: { cpu: "500m", memory: "512Mi" } },
          securityContext: { allowPrivilegeEscalation: false },
        },
      ],
    });
  });

  it("changes nothing when the same manifest is applied again", async () => {
    await apply(bare("again"));
    const { metadata } = await read("again");
    const second = await apply(bare("again"));
    expect(second.stdout).toContain("unchanged");
    expect((await read("again")).metadata.generation).toBe(metadata.generation);
  });

  it("restarts no old site that is annotated or scaled", async () => {
    const old = await createTestNamespace("old");
    await create(bare("old"), "", old);
    await client.request("PATCH", `/api/v1/namespaces/${old}`, {
      body: { metadata: { labels: webhook.labels } },
      contentType: "application/merge-patch+json",
    });
    const before = deploymentSchema.parse((await client.request("GET", deployments("old", old))).body);
    await expect
      .poll(async () => {
        await kubectl(["annotate", "-n", old, "deploy/old", "--overwrite", `note=${Date.now()}`]);
        return deploymentSchema.parse((await client.request("GET", deployments("old", old))).body).metadata
          .labels;
      })
      .toEqual({ subscribie: "site", "site-name": "old" });
    await kubectl(["scale", "-n", old, "deploy/old", "--replicas=2"]);
    const after = deploymentSchema.parse((await client.request("GET", deployments("old", old))).body);
    expect(after.spec.template).toEqual(before.spec.template);
    expect(after.spec.replicas).toBe(2);
  });

  it("is asked again after another webhook, and agrees with itself (server-side apply twice)", async () => {
    for (const manager of ["one", "one"]) {
      const { code, stderr } = await apply(bare("ssa"), "--server-side", `--field-manager=${manager}`);
      expect([code, stderr.includes("conflict")]).toEqual([0, false]);
    }
    expect((await read("ssa")).metadata.generation).toBe(1);
  });

  it("sees labelled sites in other namespaces, and nothing else there", async () => {
    const unlabelled = changed(bare("free"), ["pod.hostPID", true]);
    expect((await create(unlabelled, "", elsewhere)).status).toBe(201);
    const labelled = named("free-site", ["pod.hostPID", true]);
    expect((await create(labelled, "", elsewhere)).status).toBe(403);
    expect((await create(named("good-site"), "", elsewhere)).status).toBe(201);
  });
});

describe("the validating half, behind a real API server", () => {
  it("refuses ten things wrong with ten lines that kubectl shows as they are", async () => {
    const { code, stderr } = await apply(
      named(
        "ten",
        ["pod.hostNetwork", true],
        ["pod.hostPID", true],
        ["container.image", "nginx:latest"],
        ["container.tty", true],
        ["container.resources.limits.memory", "64Gi"],
        ["spec.replicas", 100],
        ["template.metadata.annotations", { "sidecar.istio.io/inject": "true" }],
        ["container.env", [{ name: "LD_PRELOAD", value: "x" }]],
        ["pod.volumes", [{ name: "node", hostPath: { path: "/" } }]],
        ["pod.serviceAccountName", "admin"],
      ),
    );
    expect(code).toBe(1);
    const [first = "", ...lines] = stderr
      .trim()
      .split("\n")
      .filter((line) => !line.startsWith("Warning:"));
    expect(first).toContain(
      'admission webhook "sites.validate.subscribie.co.uk" denied the request: 11 violations',
    );
    expect(lines.map((line) => /^ {2}([a-z-]+): /.exec(line)?.[1])).toEqual([
      "annotations",
      "replicas",
      "image-repository",
      "image-tag",
      "resource-bounds",
      "interactive",
      "env-names",
      "service-account",
      "host-namespaces",
      "host-namespaces",
      "host-path",
    ]);
  });

  const bad = { spec: { template: { spec: { hostPID: true } } } };

  it("refuses a change by every kind of patch, by replace, and as a dry run", async () => {
    await create(named("patched"));
    const replaced = named("patched", ["pod.hostPID", true]);
    const answers = [
      await patch(
        "patched",
        [{ op: "add", path: "/spec/template/spec/hostPID", value: true }],
        "json-patch+json",
      ),
      await patch("patched", bad, "merge-patch+json"),
      await patch("patched", bad, "strategic-merge-patch+json"),
      await patch("patched", replaced, "apply-patch+yaml", "?fieldManager=test&force=true"),
      await client.request("PUT", deployments("patched"), { body: replaced }),
      await patch("patched", bad, "merge-patch+json", "?dryRun=All"),
      await create(named("never", ["pod.hostPID", true]), "?dryRun=All"),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(403);
      expect(messageOf(body)).toContain(
        "host-namespaces: spec.template.spec.hostPID: found true, allowed false",
      );
    }
    expect((await read("patched")).spec.template.spec).not.toHaveProperty("hostPID");
  });

  it("refuses kubectl set image to a foreign image, and allows it to a newer one; rollout undo works", async () => {
    await apply(bare("images"));
    const foreign = await kubectl(["set", "image", "-n", namespace, "deploy/images", "subscribie=nginx:1"]);
    expect(foreign.stderr).toContain("image-repository");
    const newer = await kubectl([
      "set",
      "image",
      "-n",
      namespace,
      "deploy/images",
      "subscribie=ghcr.io/subscribie/subscribie:v0.11",
    ]);
    expect(newer.code).toBe(0);
    await expect
      .poll(async () => (await kubectl(["rollout", "history", "-n", namespace, "deploy/images"])).stdout, {
        timeout: 30_000,
      })
      .toMatch(/^2 /m);
    const undone = await kubectl(["rollout", "undo", "-n", namespace, "deploy/images"]);
    expect(undone.code).toBe(0);
    expect(JSON.stringify((await read("images")).spec.template.spec)).toContain("subscribie:v0.10");
  });

  it("holds kubectl scale within the bounds, both ways", async () => {
    await create(named("scaled"));
    const tooMany = await kubectl(["scale", "-n", namespace, "deploy/scaled", "--replicas=11"]);
    expect(tooMany.stderr).toContain("replicas: spec.replicas: found 11, allowed 0 to 10");
    expect((await kubectl(["scale", "-n", namespace, "deploy/scaled", "--replicas=0"])).code).toBe(0);
    expect((await patch("scaled", { spec: { replicas: 11 } }, "merge-patch+json")).status).toBe(403);
  });

  it("refuses generated names, changed and stolen site names", async () => {
    await create(named("mine"));
    const generated = changed(bare("x"), ["metadata", { generateName: "shop-" }]);
    expect(messageOf((await create(generated)).body)).toContain("site-name: metadata.generateName");
    const stolen = named("thief", ["metadata.labels.site-name", "mine"]);
    expect((await create(stolen)).status).toBe(403);
    const changedName = await kubectl([
      "label",
      "-n",
      namespace,
      "deploy/mine",
      "--overwrite",
      "site-name=other",
    ]);
    expect(changedName.stderr).toContain("metadata.labels[site-name]");
    const removed = await kubectl(["label", "-n", namespace, "deploy/mine", "site-name-"]);
    expect(removed.code).toBe(0);
    expect((await read("mine")).metadata.labels["site-name"]).toBe("mine");
  });

  it("judges each object of a list by itself", async () => {
    const items = [named("list-1"), named("list-2", ["pod.hostPID", true]), named("list-3")];
    const { code, stdout, stderr } = await apply({ apiVersion: "v1", kind: "List", items });
    expect(code).toBe(1);
    expect(stdout).toContain("list-1 created");
    expect(stdout).toContain("list-3 created");
    expect(stderr).toContain("host-namespaces");
  });

  it("lets a site that violates tightened limits be annotated, and be deleted with its finalizer", async () => {
    const old = await createTestNamespace("tight");
    await create(
      named("tight", ["pod.hostPID", true], ["metadata.finalizers", ["example.com/hold"]]),
      "",
      old,
    );
    const url = `/api/v1/namespaces/${old}`;
    await client.request("PATCH", url, {
      body: { metadata: { labels: webhook.labels } },
      contentType: "application/merge-patch+json",
    });
    await expect
      .poll(
        async () =>
          (await kubectl(["annotate", "-n", old, "deploy/tight", "--overwrite", `note=${Date.now()}`]))
            .stderr,
      )
      .toContain("Warning: subscribie: host-namespaces");
    const worse = { spec: { template: { spec: { hostIPC: true } } } };
    const path = deployments("tight", old);
    const contentType = "application/merge-patch+json";
    expect((await client.request("PATCH", path, { body: worse, contentType })).status).toBe(403);
    expect((await client.request("DELETE", path)).status).toBe(200);
    // Being deleted is no excuse.
    expect((await client.request("PATCH", path, { body: worse, contentType })).status).toBe(403);
    expect(
      (await client.request("PATCH", path, { body: { metadata: { finalizers: null } }, contentType })).status,
    ).toBe(200);
    await expect.poll(async () => (await client.request("GET", path)).status).toBe(404);
  });

  it("refuses bare pods and other workloads, and does not disturb a site's own pods", async () => {
    const created = await kubectl(["run", "-n", namespace, "loose", "--image=nginx:1"]);
    expect(created.stderr).toContain("image-repository: spec.containers[0].image");
    const job = await kubectl(["create", "job", "-n", namespace, "loose", "--image=nginx:1"]);
    expect(job.stderr).toContain("image-repository: spec.template.spec.containers[0].image");
    const impostor = pod([
      "metadata",
      { name: "impostor", labels: { subscribie: "site", "site-name": "bare" } },
    ]);
    expect((await apply(impostor)).stderr).toContain("site-labels: metadata.labels");
    await apply(bare("living"));
    const rolled = await kubectl(["rollout", "status", "-n", namespace, "deploy/living", "--timeout=60s"]);
    expect(rolled.stdout).toContain("successfully rolled out");
    const pods = await kubectl(["get", "pods", "-n", namespace, "-l", "site-name=living", "-o", "name"]);
    const debugged = await kubectl([
      "debug",
      "-n",
      namespace,
      pods.stdout.trim(),
      "--image=busybox:1",
      "--attach=false",
    ]);
    expect(debugged.stderr).toContain("image-repository");
  });

  it("logs one line for each denial", () => {
    const denials = webhook.process.log.filter((line) => line.includes('"msg":"denied"'));
    expect(denials.length).toBeGreaterThan(10);
    for (const line of denials) expect(JSON.parse(line)).toHaveProperty("controls");
  });
});
