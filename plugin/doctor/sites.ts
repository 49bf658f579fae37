import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { isObject, memberAt } from "../../shared/policy/json.ts";
import { offlineRisks } from "../../shared/rollout/availability.ts";
import { observeDeployment } from "../../shared/rollout/observed-site.ts";
import { siteContainer, siteSelector } from "../../shared/site/site-labels.ts";
import { nameSome } from "../../shared/text/name-some.ts";
import { judgeLiveDeployment } from "../audit/judge-live-deployment.ts";
import type { DoctorContext, Examination, Finding } from "./diagnosis.ts";

const mostNamed = 5;

interface ExaminedSite {
  readonly name: string;
  readonly violations: number;
  readonly risks: number;
}

/** Whether the live sites are within the limits, and stay online while they change. */
export const sites: Examination = {
  check: "sites",
  async examine(context) {
    const { client, io, namespace } = context;
    const path = resourcePath({ apiVersion: "apps/v1", resource: "deployments", namespace });
    const { items } = await listAll(client, path, (raw) => examineSite(raw, context), {
      labelSelector: siteSelector,
      signal: io.signal,
    });
    const scope = namespace === undefined ? "-A" : `-n ${namespace}`;
    return {
      summary: `${items.length} sites`,
      findings: [
        ...about(
          items.filter(({ violations }) => violations > 0),
          "outside the limits",
          `kubectl subscribie audit ${scope} says what of them`,
        ),
        ...about(
          items.filter(({ risks }) => risks > 0),
          "may go offline during an upgrade",
          `kubectl subscribie upgrade VERSION ${scope} --dry-run=client says why`,
        ),
      ],
    };
  },
};

function examineSite(raw: unknown, { limits, io }: DoctorContext): ExaminedSite {
  const namespace = String(memberAt(raw, "metadata", "namespace"));
  const site = observeDeployment(raw);
  return {
    name: `${namespace}/${site.name}`,
    violations: isObject(raw)
      ? judgeLiveDeployment(raw, namespace, limits, io.now()).evaluation.violations.length
      : 0,
    risks: offlineRisks(site, siteContainer).length,
  };
}

function about(found: readonly ExaminedSite[], what: string, fix: string): readonly Finding[] {
  if (found.length === 0) return [];
  const named = nameSome(
    found.map(({ name }) => name),
    mostNamed,
  );
  const count = found.length === 1 ? "1 site is" : `${found.length} sites are`;
  const verb = what.startsWith("may") ? (found.length === 1 ? "1 site" : `${found.length} sites`) : count;
  return [{ message: `${verb} ${what}: ${named}`, fix }];
}
