import { expect } from "vitest";
import { z } from "zod";

import type { ApiClient } from "../control-plane/api-client.ts";
import type { ControlPlaneAccess } from "../control-plane/control-plane-access.ts";
import { runKubectl } from "../control-plane/kubectl.ts";
import type { ProgramResult } from "../control-plane/run-program.ts";
import { type SiteOptions, createSites, waitForSites } from "../control-plane/sites.ts";
import { client as sharedClient, controlPlane, createTestNamespace } from "../control-plane/test-cluster.ts";
import type { User } from "../control-plane/users.ts";
import { type PluginOptions, type RunningPlugin, startSubscribie, subscribie } from "./plugin.ts";

/** What `-o json` of a rollout has, and nothing else. */
const rolloutResult = z.strictObject({
  id: z.string(),
  kind: z.enum(["upgrade", "rollback", "restart"]),
  phase: z.enum(["Progressing", "Paused", "Complete", "Failed", "Aborted"]),
  target: z.string(),
  counts: z.strictObject({
    total: z.number(),
    updated: z.number(),
    unchanged: z.number(),
    failed: z.number(),
    skipped: z.number(),
    pending: z.number(),
  }),
  sites: z.array(
    z.strictObject({
      namespace: z.string(),
      name: z.string(),
      outcome: z.enum(["updated", "unchanged", "failed", "skipped", "conflict", "pending"]),
      from: z.string(),
      to: z.string(),
      reason: z.string(),
    }),
  ),
});

type RolloutResult = z.infer<typeof rolloutResult>;

const deployment = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    replicas: z.number(),
    template: z.looseObject({
      spec: z.looseObject({ containers: z.array(z.looseObject({ image: z.string() })) }),
    }),
  }),
  status: z.object({ availableReplicas: z.number().default(0) }).prefault({}),
});

type Deployment = z.infer<typeof deployment>;

const list = z.object({ items: z.array(z.unknown()) });

const records = z.object({
  rollouts: z.array(
    z.object({
      id: z.string(),
      phase: z.string(),
      cause: z.string().optional(),
      supersededBy: z.string().optional(),
    }),
  ),
});

/** A rollout that ran to the end of its command. */
interface FinishedRollout extends RolloutResult {
  readonly code: number | null;
  readonly stderr: string;
  /** The reason of one of its sites. */
  reasonOf(name: string): string;
  /** Names of the sites with this outcome, sorted. */
  named(outcome: RolloutResult["sites"][number]["outcome"]): string[];
}

/** No canaries and no soak, for rollouts whose pace is not what is tested. */
export const atOnce = ["--canary", "none", "--soak", "0s"] as const;

/** A namespace with sites of a test's own. */
export interface Fleet {
  readonly namespace: string;
  /** Of the sites that it was created with. */
  readonly names: readonly string[];
  /** Runs `kubectl subscribie ARGS -n NAMESPACE`. */
  run(argumentList: readonly string[], options?: PluginOptions): Promise<ProgramResult>;
  start(argumentList: readonly string[], options?: PluginOptions): RunningPlugin;
  /** Runs a rollout with `-o json`, and checks that stdout is that and nothing else. */
  rollout(argumentList: readonly string[], options?: PluginOptions): Promise<FinishedRollout>;
  /** Upgrades at once and expects all to be well; returns the rollout's id. */
  upgrade(version: string, ...flags: readonly string[]): Promise<string>;
  kubectl(argumentList: readonly string[], input?: object, user?: User): Promise<ProgramResult>;
  /** Creates more sites and waits until they are available. */
  add(count: number, options?: SiteOptions): Promise<string[]>;
  /** Waits until these sites are available as they are now. */
  settled(names?: readonly string[]): Promise<void>;
  deployments(): Promise<ReadonlyMap<string, Deployment>>;
  /** Pod templates by site. */
  templates(): Promise<Readonly<Record<string, unknown>>>;
  /** Tags of the sites' images, by site. */
  versions(): Promise<Readonly<Record<string, string>>>;
  /** What the API server has of a kind in the namespace: `apis/apps/v1`, `replicasets`. */
  objects(api: string, resource: string): Promise<unknown[]>;
  /** The rollouts that `history` lists, newest first. */
  history(): Promise<z.infer<typeof records>["rollouts"]>;
}

/** Creates a namespace with sites and waits until they are available. */
export async function createFleet(count: number, options: SiteOptions = {}): Promise<Fleet> {
  const namespace = await createTestNamespace("fleet");
  return await fillFleet({ namespace, client: sharedClient, controlPlane }, count, options);
}

/** As createFleet, in a namespace that is there already, of any control plane. */
export async function fillFleet(
  place: { namespace: string; client: ApiClient; controlPlane: ControlPlaneAccess },
  count: number,
  options: SiteOptions = {},
): Promise<Fleet> {
  const { namespace, client } = place;

  async function add(count: number, options: SiteOptions = {}): Promise<string[]> {
    const names = await createSites(client, namespace, count, options);
    await settled(names);
    return names;
  }

  async function settled(names: readonly string[]): Promise<void> {
    await waitForSites(client, namespace, names, AbortSignal.timeout(240_000));
  }

  async function objects(api: string, resource: string): Promise<unknown[]> {
    const { body } = await client.request("GET", `/${api}/namespaces/${namespace}/${resource}`);
    return list.parse(body).items;
  }

  async function deployments(): Promise<ReadonlyMap<string, Deployment>> {
    const items = (await objects("apis/apps/v1", "deployments")).map((raw) => deployment.parse(raw));
    return new Map(items.map((item) => [item.metadata.name, item]));
  }

  async function ofDeployments<T>(read: (deployment: Deployment) => T): Promise<Record<string, T>> {
    return Object.fromEntries([...(await deployments())].map(([name, found]) => [name, read(found)]));
  }

  const optionsOf = (options: PluginOptions = {}) => ({ controlPlane: place.controlPlane, ...options });

  async function rollout(argumentList: readonly string[], options?: PluginOptions): Promise<FinishedRollout> {
    const { code, stdout, stderr } = await subscribie(
      namespace,
      [...argumentList, "-o", "json"],
      optionsOf(options),
    );
    if (stdout === "") throw new Error(`${argumentList.join(" ")} ended with ${code}:\n${stderr}`);
    const result = rolloutResult.parse(JSON.parse(stdout));
    return {
      ...result,
      code,
      stderr,
      reasonOf: (name) => result.sites.find((site) => site.name === name)?.reason ?? "",
      named: (outcome) =>
        result.sites
          .filter((site) => site.outcome === outcome)
          .map(({ name }) => name)
          .toSorted(),
    };
  }

  const names = await add(count, options);
  return {
    namespace,
    names,
    run: async (argumentList, options) => await subscribie(namespace, argumentList, optionsOf(options)),
    start: (argumentList, options) => startSubscribie(namespace, argumentList, optionsOf(options)),
    rollout,
    async upgrade(version, ...flags) {
      const { id, code, phase, stderr } = await rollout(["upgrade", version, ...atOnce, ...flags]);
      expect({ code, phase, stderr }).toMatchObject({ code: 0, phase: "Complete" });
      return id;
    },
    kubectl: async (argumentList, input, user) =>
      await runKubectl(place.controlPlane, [...argumentList, "-n", namespace], {
        ...(input === undefined ? {} : { input: JSON.stringify(input) }),
        ...(user === undefined ? {} : { user }),
      }),
    add,
    settled: async (wanted = names) => await settled(wanted),
    deployments,
    templates: async () => await ofDeployments(({ spec }) => spec.template),
    versions: async () =>
      await ofDeployments(({ spec }) => spec.template.spec.containers[0]?.image.split(":").at(-1) ?? ""),
    objects,
    async history() {
      const { stdout } = await subscribie(namespace, ["history", "-o", "json"], optionsOf());
      return records.parse(JSON.parse(stdout)).rollouts;
    },
  };
}

/** The same value for each of these sites. */
export function each<T>(names: readonly string[], value: T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, value]));
}
