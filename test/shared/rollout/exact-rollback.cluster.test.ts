import { beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { failureReason } from "../../../shared/rollout/failure-reason.ts";
import { deadlineExceededAt, deploymentStatus } from "../../../shared/rollout/deployment-status.ts";
import { observeDeployment, rawTemplate, type ObservedSite } from "../../../shared/rollout/observed-site.ts";
import { planRollback, type RollbackOptions } from "../../../shared/rollout/plan-rollback.ts";
import { planUpgrade } from "../../../shared/rollout/plan-upgrade.ts";
import { createReplicaSetIndex, type ReplicaSetPurpose } from "../../../shared/rollout/replica-set-index.ts";
import { lastRollout } from "../../../shared/rollout/rollback-target.ts";
import type { RolloutPlan } from "../../../shared/rollout/rollout-plan.ts";
import { sitePatch } from "../../../shared/rollout/site-patch.ts";
import { defaultStrategy } from "../../../shared/rollout/strategy.ts";
import { createSites, isAvailable, waitForSites, type SiteDeployment } from "../../control-plane/sites.ts";
import { client, createTestNamespace, kubectl } from "../../control-plane/test-cluster.ts";

let namespace: string;
let nextSite = 0;
let nextSecond = 0;

beforeAll(async () => {
  namespace = await createTestNamespace("exact-rollback");
});

const soon = (): AbortSignal => AbortSignal.timeout(120_000);
/** What a Deployment is to be: its status and the resourceVersion go on changing for a while. */
const intended = z.object({
  metadata: z.object({ generation: z.number(), annotations: z.unknown() }),
  spec: z.unknown(),
});

const status = z.object({
  reason: z.string().optional(),
  details: z.object({ causes: z.array(z.unknown()).optional() }).optional(),
});
const list = z.object({ items: z.array(z.unknown()) });

async function waitFor(
  name: string,
  condition: (site: SiteDeployment) => boolean = isAvailable,
): Promise<void> {
  await waitForSites(client, namespace, [name], soon(), condition);
}

async function createSite(options: Parameters<typeof createSites>[3] = {}): Promise<string> {
  nextSite += 1;
  const [name = ""] = await createSites(client, namespace, 1, { prefix: `site${nextSite}`, ...options });
  await waitFor(name);
  return name;
}

/** Ids in the order in which they are made. */
function newId(letter: "u" | "r"): string {
  nextSecond += 1;
  return `${letter}-20261123-2030${String(nextSecond).padStart(2, "0")}-test`;
}

async function read(name: string): Promise<unknown> {
  const { body } = await client.request("GET", `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
  return body;
}

async function observe(name: string): Promise<ObservedSite> {
  return observeDeployment(await read(name), { withFingerprint: true });
}

async function replicaSetsOf(site: ObservedSite, purpose: ReplicaSetPurpose) {
  const { body } = await client.request("GET", `/apis/apps/v1/namespaces/${namespace}/replicasets`);
  const index = createReplicaSetIndex([site], purpose);
  for (const raw of list.parse(body).items) index.add(raw);
  return index;
}

async function send(plan: RolloutPlan, site: ObservedSite, template?: string) {
  const [planned] = plan.sites;
  if (planned === undefined) throw new Error("the plan has no site");
  return await client.request("PATCH", `/apis/apps/v1/namespaces/${namespace}/deployments/${site.name}`, {
    body: sitePatch(plan, planned, { site, template }),
    contentType: "application/json-patch+json",
  });
}

async function planUpgradeOf(name: string, tag: string, id = newId("u")) {
  const site = await observe(name);
  const plan = planUpgrade([site], await replicaSetsOf(site, { kind: "record" }), {
    id,
    container: "subscribie",
    strategy: defaultStrategy.upgrade,
    target: { kind: "tag", tag },
  });
  return { id, site, plan };
}

/** Upgrades a site and returns the upgrade's id, without waiting for anything. */
async function upgrade(name: string, tag: string): Promise<string> {
  const { id, site, plan } = await planUpgradeOf(name, tag);
  const response = await send(plan, site);
  expect(response.status).toBe(200);
  return id;
}

/** Rolls a site back, if there is anything to return, and returns what was planned for it. */
async function rollBack(name: string, request: RollbackOptions["request"], includeChanged = false) {
  const site = await observe(name);
  const kind = request.kind === "rollout" ? "recorded-template" : "any-template";
  const index = await replicaSetsOf(site, { kind });
  const plan = planRollback([site], index, {
    id: newId("r"),
    container: "subscribie",
    strategy: defaultStrategy.rollback,
    request,
    includeChanged,
  });
  const [planned] = plan.sites;
  const change = planned?.change;
  if (planned?.action === "update") {
    const replicaSet = change?.kind === "template" ? change.replicaSet : undefined;
    const template = index.ofSite(site).find((each) => each.name === replicaSet)?.template;
    const response = await send(plan, site, template);
    if (response.status !== 200) throw new Error(`rolling back ${name}: ${JSON.stringify(response.body)}`);
  }
  return planned;
}

async function setEnv(name: string, value: string): Promise<void> {
  const { code, stderr } = await kubectl([
    "set",
    "env",
    "-n",
    namespace,
    `deploy/${name}`,
    `CUSTOMISED=${value}`,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}

/** How the states of a site are judged that follow one in which it had failed, until it is done. */
async function statusesUntilDone(
  name: string,
  failed: ObservedSite,
): Promise<{ ours: string; naive: string }[]> {
  const seen: { ours: string; naive: string }[] = [];
  const baseline = {
    generation: failed.generation + 1,
    deadlineExceededBefore: deadlineExceededAt(failed),
  };
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments?watch=1&fieldSelector=metadata.name%3D${name}`;
  for await (const { object } of client.watch(path, soon())) {
    const site = observeDeployment(object);
    if (site.generation < baseline.generation) continue;
    const ours = deploymentStatus(site, baseline).kind;
    seen.push({ ours, naive: deploymentStatus(site, { generation: baseline.generation }).kind });
    if (ours === "done") break;
  }
  return seen;
}

describe.concurrent("a rollback", () => {
  test("returns a site to the template that it ran before, in the ReplicaSet that it had, and twice changes nothing", async () => {
    const name = await createSite();
    await setEnv(name, "Soap & Sons <b>");
    await waitFor(name);
    const before = await read(name);
    const id = await upgrade(name, "v0.11");
    await waitFor(name);
    expect(await rollBack(name, { kind: "rollout", id })).toMatchObject({ action: "update" });
    await waitFor(name);
    const after = await read(name);
    expect(rawTemplate(after)).toEqual(rawTemplate(before));
    const site = await observe(name);
    const replicaSets = (await replicaSetsOf(site, { kind: "any-template" })).ofSite(site);
    expect(replicaSets).toHaveLength(3);
    expect(lastRollout([site])).toBe(id);
    expect(await rollBack(name, { kind: "rollout", id })).toMatchObject({
      action: "unchanged",
      reason: "it was returned already",
    });
    const history = await kubectl(["rollout", "history", "-n", namespace, `deploy/${name}`]);
    expect(history.stdout).toContain(`subscribie upgrade v0.11 (rollout ${id})`);
    expect(history.stdout).toMatch(/subscribie rollback to v0\.10 \(rollout r-/);
  });

  test("after two upgrades takes back the last one, and then the one before", async () => {
    const name = await createSite();
    const first = await upgrade(name, "v0.11");
    await waitFor(name);
    const second = await upgrade(name, "v0.12");
    await waitFor(name);
    await rollBack(name, { kind: "rollout", id: second });
    await waitFor(name);
    expect((await observe(name)).containers[0]?.image).toMatch(/:v0\.11$/);
    expect(await rollBack(name, { kind: "rollout", id: first })).toMatchObject({ action: "update" });
    await waitFor(name);
    expect((await observe(name)).containers[0]?.image).toMatch(/:v0\.10$/);
  });

  test("at once after the PATCH, before the controller has seen it, goes no further back than one version", async () => {
    const name = await createSite({ image: "ghcr.io/subscribie/subscribie:v0.9" });
    await upgrade(name, "v0.10");
    await waitFor(name);
    const id = await upgrade(name, "v0.11");
    await rollBack(name, { kind: "rollout", id });
    await waitFor(name);
    expect((await observe(name)).containers[0]?.image).toMatch(/:v0\.10$/);
  });

  test("leaves a site alone that somebody changed by hand since, unless told otherwise", async () => {
    const name = await createSite();
    const id = await upgrade(name, "v0.11");
    await waitFor(name);
    await setEnv(name, "by hand");
    await waitFor(name);
    expect(await rollBack(name, { kind: "rollout", id })).toMatchObject({
      action: "skipped",
      reason: "somebody changed its template since",
    });
    expect((await observe(name)).containers[0]?.image).toMatch(/:v0\.11$/);
    await rollBack(name, { kind: "rollout", id }, true);
    await waitFor(name);
    expect((await observe(name)).containers[0]?.image).toMatch(/:v0\.10$/);
  });

  test("puts back what was changed by hand before the upgrade, but takes it for no upgrade's own", async () => {
    const name = await createSite();
    const first = await upgrade(name, "v0.11");
    await waitFor(name);
    await setEnv(name, "before the second upgrade");
    await waitFor(name);
    const before = await read(name);
    const second = await upgrade(name, "v0.12");
    await waitFor(name);
    await rollBack(name, { kind: "rollout", id: second });
    await waitFor(name);
    expect(rawTemplate(await read(name))).toEqual(rawTemplate(before));
    expect(await rollBack(name, { kind: "rollout", id: first })).toMatchObject({ action: "skipped" });
  });

  test("returns the image where the ReplicaSet is gone, and says so", async ({ expect }) => {
    const name = await createSite();
    await kubectl(["patch", "-n", namespace, `deploy/${name}`, "-p", '{"spec":{"revisionHistoryLimit":0}}']);
    const id = await upgrade(name, "v0.11");
    await waitFor(name);
    await expect
      .poll(
        async () => {
          const site = await observe(name);
          return (await replicaSetsOf(site, { kind: "any-template" })).ofSite(site).length;
        },
        { timeout: 60_000 },
      )
      .toBe(1);
    const planned = await rollBack(name, { kind: "rollout", id });
    expect(planned?.reason).toMatch(/^only its image returns: ReplicaSet .* is gone$/);
    await waitFor(name);
    expect((await observe(name)).containers[0]?.image).toMatch(/:v0\.10$/);
  });

  test("of a site without a record returns it to its previous revision, or to one by number, when asked", async () => {
    const name = await createSite();
    const image = "subscribie=ghcr.io/subscribie/subscribie";
    for (const version of ["v0.11", "v0.12"]) {
      await kubectl(["set", "image", "-n", namespace, `deploy/${name}`, `${image}:${version}`]);
      await waitFor(name);
    }
    expect(lastRollout([await observe(name)])).toBeUndefined();
    await rollBack(name, { kind: "previous-revision" });
    await waitFor(name);
    expect((await observe(name)).containers[0]?.image).toMatch(/:v0\.11$/);
    await rollBack(name, { kind: "revision", revision: 1 });
    await waitFor(name);
    expect((await observe(name)).containers[0]?.image).toMatch(/:v0\.10$/);
  });

  test("of a suspended site changes its template and starts nothing", async () => {
    const name = await createSite({ replicas: 0 });
    const before = await read(name);
    const id = await upgrade(name, "v0.11");
    await waitFor(name);
    await rollBack(name, { kind: "rollout", id });
    await waitFor(name);
    expect(rawTemplate(await read(name))).toEqual(rawTemplate(before));
    expect((await observe(name)).replicas).toBe(0);
  });

  test("from a version that never became ready is not called failed by the old deadline", async ({
    expect,
  }) => {
    const name = await createSite({ progressDeadlineSeconds: 2 });
    const id = await upgrade(name, "v0.11-broken");
    await waitFor(name, (site) =>
      (site.status?.conditions ?? []).some(({ reason }) => reason === "ProgressDeadlineExceeded"),
    );
    const failed = await observe(name);
    expect(deploymentStatus(failed)).toMatchObject({ kind: "failed" });
    const { body } = await client.request(
      "GET",
      `/api/v1/namespaces/${namespace}/pods?labelSelector=site-name=${name}`,
    );
    expect(failureReason(list.parse(body).items, "subscribie")).toMatchObject({ code: "ImagePullBackOff" });
    const statuses = statusesUntilDone(name, failed);
    await rollBack(name, { kind: "rollout", id });
    const seen = await statuses;
    // What kubectl rollout status would say of the very same states.
    expect(seen.map(({ naive }) => naive)).toContain("failed");
    expect(seen.map(({ ours }) => ours)).not.toContain("failed");
  });
});

describe.concurrent("a PATCH", () => {
  test("for a Deployment that somebody changed meanwhile is refused with 422 and no causes, and changes nothing", async () => {
    const name = await createSite();
    const { site, plan } = await planUpgradeOf(name, "v0.11");
    await setEnv(name, "meanwhile");
    await waitFor(name);
    const before = intended.parse(await read(name));
    const response = await send(plan, site);
    expect(response.status).toBe(422);
    expect(status.parse(response.body).details?.causes ?? []).toEqual([]);
    expect(intended.parse(await read(name))).toEqual(before);
  });

  test("sent twice is refused the second time, and the site carries its rollout", async () => {
    const name = await createSite();
    const { id, site, plan } = await planUpgradeOf(name, "v0.11");
    expect((await send(plan, site)).status).toBe(200);
    expect((await send(plan, site)).status).toBe(422);
    expect((await observe(name)).annotations.rollout).toBe(id);
  });

  test("for a Deployment that was only scaled meanwhile is stored", async () => {
    const name = await createSite();
    const { site, plan } = await planUpgradeOf(name, "v0.11");
    await kubectl(["scale", "-n", namespace, `deploy/${name}`, "--replicas=2"]);
    await waitFor(name);
    expect((await send(plan, site)).status).toBe(200);
    await waitFor(name);
  });

  test("that the API server finds invalid is refused with 422 and its causes", async () => {
    const name = await createSite();
    const { site, plan } = await planUpgradeOf(name, "v0.11");
    const [planned] = plan.sites;
    if (planned === undefined) throw new Error("the plan has no site");
    const invalid = { ...plan, sites: [{ ...planned, to: "" }] };
    const response = await send(invalid, site);
    expect(response.status).toBe(422);
    expect(status.parse(response.body).details?.causes).not.toEqual([]);
  });
});
