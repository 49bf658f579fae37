import * as z from "zod";
import { observeDeployment } from "../../shared/rollout/observed-site.ts";
import { versionOf } from "../../shared/rollout/target.ts";
import { siteContainer, siteNameLabel } from "../../shared/site/site-labels.ts";

/** One site as `sites` lists it. */
export interface SiteSummary {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly image: string;
  readonly ready: number;
  readonly replicas: number;
  /** When its Deployment was created, RFC 3339. */
  readonly createdAt: string;
  /** Of its first hostname; absent for a site without an Ingress. */
  readonly url?: string;
  /** The rollout whose template it runs; absent before its first. */
  readonly rollout?: string;
  readonly held: boolean;
  readonly paused: boolean;
}

const createdSchema = z.object({
  metadata: z.object({ creationTimestamp: z.string().default("") }),
  status: z.object({ readyReplicas: z.number().default(0) }).nullish(),
});

const ingressSchema = z.object({
  metadata: z.object({ namespace: z.string(), labels: z.record(z.string(), z.string()).nullish() }),
  spec: z.object({
    tls: z.array(z.object({ hosts: z.array(z.string()).nullish() })).nullish(),
    rules: z.array(z.object({ host: z.string().nullish() })).nullish(),
  }),
});

/** A site's address, from its Ingress. */
export interface SiteAddress {
  /** `namespace/site-name`. */
  readonly site: string;
  readonly url: string | undefined;
}

/** Projects a raw Ingress to the address of its site: the first host, by https where the Ingress ends TLS for it. */
export function observeIngress(raw: unknown): SiteAddress {
  const { metadata, spec } = ingressSchema.parse(raw);
  const host = (spec.rules ?? []).map((rule) => rule.host ?? "").find((name) => name !== "");
  const secure = host !== undefined && (spec.tls ?? []).some((tls) => tls.hosts?.includes(host) === true);
  return {
    site: `${metadata.namespace}/${metadata.labels?.[siteNameLabel] ?? ""}`,
    url: host === undefined ? undefined : `${secure ? "https" : "http"}://${host}`,
  };
}

/** Projects a raw Deployment to one line of `sites`. */
export function summariseSite(raw: unknown): SiteSummary {
  const site = observeDeployment(raw);
  const { metadata, status } = createdSchema.parse(raw);
  const image =
    (site.containers.find(({ name }) => name === siteContainer) ?? site.containers[0])?.image ?? "";
  return {
    namespace: site.namespace,
    name: site.name,
    version: versionOf(image),
    image,
    ready: status?.readyReplicas ?? 0,
    replicas: site.replicas,
    createdAt: metadata.creationTimestamp,
    ...(site.annotations.rollout === undefined ? {} : { rollout: site.annotations.rollout }),
    held: site.held,
    paused: site.paused,
  };
}
