import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { memberAt } from "../../shared/policy/json.ts";
import {
  namespaceLabel,
  namespaceLabelValue,
  siteLabel,
  siteLabelValue,
  siteNameLabel,
} from "../../shared/site/site-labels.ts";
import { nameSome } from "../../shared/text/name-some.ts";
import type { Examination, Finding } from "./diagnosis.ts";

const mostNamed = 5;

interface SeenDeployment {
  readonly namespace: string;
  readonly name: string;
  readonly isSite: boolean;
}

/**
 * Whether the namespaces that hold sites carry the label by which the webhooks see every Deployment in them, and whether
 * each Deployment there is labelled as a site.
 */
export const namespaces: Examination = {
  check: "namespace labels",
  async examine({ client, io, namespace }) {
    const { items } = await listAll(
      client,
      resourcePath({ apiVersion: "v1", resource: "namespaces" }),
      (raw) => ({
        name: String(memberAt(raw, "metadata", "name")),
        isEnforced: memberAt(raw, "metadata", "labels", namespaceLabel) === namespaceLabelValue,
      }),
      { signal: io.signal },
    );
    const enforced = items.filter(({ isEnforced }) => isEnforced).map(({ name }) => name);
    const path = resourcePath({ apiVersion: "apps/v1", resource: "deployments", namespace });
    const deployments = await listAll(client, path, readDeployment, { signal: io.signal });
    return {
      summary: `enforced: ${enforced.join(", ") || "none"}`,
      findings: [...open(deployments.items, enforced), ...unlabelled(deployments.items, enforced)],
    };
  },
};

function readDeployment(raw: unknown): SeenDeployment {
  return {
    namespace: String(memberAt(raw, "metadata", "namespace")),
    name: String(memberAt(raw, "metadata", "name")),
    isSite: memberAt(raw, "metadata", "labels", siteLabel) === siteLabelValue,
  };
}

function open(deployments: readonly SeenDeployment[], enforced: readonly string[]): readonly Finding[] {
  const withSites = new Set(deployments.filter(({ isSite }) => isSite).map(({ namespace }) => namespace));
  return [...withSites]
    .filter((name) => !enforced.includes(name))
    .toSorted()
    .map((name) => ({
      message: `namespace ${name} holds sites and is not enforced: a Deployment without labels, or a bare pod, is not checked there`,
      fix: `kubectl label namespace ${name} ${namespaceLabel}=${namespaceLabelValue}`,
    }));
}

/** What was there before its namespace was enforced: no rollout takes it along, and no list shows it. */
function unlabelled(deployments: readonly SeenDeployment[], enforced: readonly string[]): readonly Finding[] {
  const found = deployments.filter(({ namespace, isSite }) => !isSite && enforced.includes(namespace));
  const [first] = found;
  if (first === undefined) return [];
  const named = nameSome(
    found.map(({ namespace, name }) => `${namespace}/${name}`),
    mostNamed,
  );
  return [
    {
      message: `not labelled as a site in an enforced namespace, so that no rollout takes it along: ${named}`,
      fix: `apply its manifest again with the labels ${siteLabel}=${siteLabelValue} and ${siteNameLabel}=NAME, or move what is no site to another namespace; kubectl subscribie audit -n ${first.namespace} says what else it lacks`,
    },
  ];
}
