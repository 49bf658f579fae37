import * as z from "zod";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { siteNameLabel, siteSelector } from "../../shared/site/site-labels.ts";
import { nameSome } from "../../shared/text/name-some.ts";
import type { Examination, Finding } from "./diagnosis.ts";

/*
 * A site with a volume keeps to one node, which is the price of its staying online while it is upgraded: a new pod
 * starts beside the old one. A node that died or is full therefore holds the site until somebody acts.
 */

const volumeSchema = z.object({ persistentVolumeClaim: z.object({}).nullish() });

const podSchema = z.object({
  metadata: z.object({
    namespace: z.string(),
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().nullish(),
  }),
  spec: z.object({ nodeName: z.string().nullish(), volumes: z.array(volumeSchema).nullish() }),
  status: z
    .object({
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().nullish(),
            message: z.string().nullish(),
            lastTransitionTime: z.string().nullish(),
          }),
        )
        .nullish(),
    })
    .default({}),
});

/** What is kept of a pod. */
interface SitePod {
  readonly name: string;
  readonly namespace: string;
  /** `namespace/site`. */
  readonly site: string;
  readonly node: string | undefined;
  readonly hasVolume: boolean;
  /** When its grace period ends or ended, in milliseconds since 1970; undefined while nobody deletes it. */
  readonly endsAt: number | undefined;
  /** Why no node takes it, and since when; undefined once one did. */
  readonly unplaced: { readonly since: number; readonly message: string } | undefined;
}

/** Long after its grace period, nobody is there to say that a pod has stopped; and nodes are added meanwhile. */
const patienceMs = 120_000;

const mostNamed = 5;

/** Pods that do not stop, and pods that find no node. */
export const pods: Examination = {
  check: "pods",
  async examine({ client, io, namespace }) {
    const path = resourcePath({ apiVersion: "v1", resource: "pods", namespace });
    const { items } = await listAll(client, path, readPod, {
      labelSelector: siteSelector,
      signal: io.signal,
    });
    const isLate = (time: number | undefined) => time !== undefined && io.now() - time > patienceMs;
    const late = items.filter(({ endsAt }) => isLate(endsAt));
    const running = items.filter(({ endsAt }) => !isLate(endsAt));
    const waiting = running.filter(({ unplaced: since }) => isLate(since?.since));
    const kept = new Set(items.filter(({ hasVolume }) => hasVolume).map(({ site }) => site)).size;
    return {
      summary: `${items.length} pods of sites${kept === 0 ? "" : `; ${priceOf(kept)}`}`,
      findings: [...unstopped(late), ...unplaced(waiting, running)],
    };
  },
};

/** What sites with a volume pay for staying online, said also where nobody pays it yet. */
function priceOf(kept: number): string {
  const keep =
    kept === 1 ? "1 site with a volume keeps to its node" : `${kept} sites with a volume keep to their nodes`;
  return `${keep}, and cannot start elsewhere while a pod of theirs is on a node that died or is full`;
}

function readPod(raw: unknown): SitePod {
  const { metadata, spec, status } = podSchema.parse(raw);
  const { namespace, name, labels, deletionTimestamp } = metadata;
  const scheduled = status.conditions?.find(({ type }) => type === "PodScheduled");
  return {
    name,
    namespace,
    site: `${namespace}/${labels[siteNameLabel] ?? name}`,
    node: spec.nodeName ?? undefined,
    hasVolume: spec.volumes?.some(({ persistentVolumeClaim }) => Boolean(persistentVolumeClaim)) ?? false,
    endsAt: deletionTimestamp ? Date.parse(deletionTimestamp) : undefined,
    unplaced:
      scheduled?.status === "False" && scheduled.reason === "Unschedulable"
        ? { since: Date.parse(scheduled.lastTransitionTime ?? ""), message: scheduled.message ?? "" }
        : undefined,
  };
}

/** One finding for each node whose pods were told to stop long ago. */
function unstopped(late: readonly SitePod[]): readonly Finding[] {
  return Array.from(
    Map.groupBy(late, ({ node }) => node),
    ([node, group]) => ({
      message: `not stopped${node === undefined ? "" : ` on node ${node}`}, long after ${group.length === 1 ? "it" : "they"} should have: ${nameSome(group.map(fullName), mostNamed)}; a site with a volume starts nowhere else until then`,
      fix: `if that node is really gone: ${forceDelete(group, node)}`,
    }),
  );
}

/** All of a node's pods are as late as those that are named. */
function forceDelete([first, ...others]: readonly SitePod[], node: string | undefined): string {
  if (first === undefined) return "";
  const force = "--force --grace-period=0";
  if (others.length === 0 || node === undefined)
    return `kubectl delete pod -n ${first.namespace} ${first.name} ${force}`;
  const isOneNamespace = others.every(({ namespace }) => namespace === first.namespace);
  const scope = isOneNamespace ? `-n ${first.namespace}` : "-A";
  return `kubectl delete pods ${scope} -l ${siteSelector} --field-selector spec.nodeName=${node} ${force}`;
}

/** Pods that no node takes: those that have to be where their site's volume is, node by node; then the others. */
function unplaced(waiting: readonly SitePod[], all: readonly SitePod[]): readonly Finding[] {
  const holders = new Map(
    all.filter(({ node, hasVolume }) => node !== undefined && hasVolume).map((pod) => [pod.site, pod]),
  );
  const bound = waiting.filter(({ hasVolume, site }) => hasVolume && holders.has(site));
  const free = waiting.filter((pod) => !bound.includes(pod));
  const [firstFree] = free;
  return [
    ...Array.from(
      Map.groupBy(bound, ({ site }) => holders.get(site)?.node),
      ([node, group]) => tiedTo(node ?? "", group, holders),
    ),
    ...(firstFree === undefined
      ? []
      : [
          {
            message: `no node takes ${nameSome(free.map(fullName), mostNamed)}: ${firstFree.unplaced?.message ?? ""}`,
            fix: `add nodes, or lower what the sites request; see kubectl describe pod -n ${firstFree.namespace} ${firstFree.name}`,
          },
        ]),
  ];
}

function tiedTo(node: string, group: readonly SitePod[], holders: ReadonlyMap<string, SitePod>): Finding {
  const [first] = group;
  const holder = holders.get(first?.site ?? "");
  return {
    message: `no place on node ${node}, where its site's volume is, for ${nameSome(group.map(fullName), mostNamed)}: ${first?.unplaced?.message ?? ""}`,
    fix: `make room on ${node} (or kubectl uncordon it); or let the site move, offline meanwhile: kubectl delete pod -n ${holder?.namespace ?? ""} ${holder?.name ?? ""}`,
  };
}

function fullName({ namespace, name }: SitePod): string {
  return `${namespace}/${name}`;
}
