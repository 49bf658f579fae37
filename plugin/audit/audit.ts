import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { listAll } from "../../shared/cluster/list.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { isObject, memberAt } from "../../shared/policy/json.ts";
import type { Limits } from "../../shared/policy/limits.ts";
import {
  namespaceLabel,
  namespaceLabelValue,
  siteLabel,
  siteLabelValue,
} from "../../shared/site/site-labels.ts";
import type { FlagValues } from "../command.ts";
import type { auditFlags } from "../commands/audit.ts";
import { connect } from "../connect.ts";
import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";
import { readLimits } from "../lint/read-limits.ts";
import { verdictOf } from "../lint/verdict.ts";
import type { Verdict } from "../lint/verdict.ts";
import { writeVerdicts } from "../lint/write-verdicts.ts";
import { warn } from "../terminal/warn.ts";
import { noSuchSite, siteNames } from "../rollout/list-sites.ts";
import { judgeLiveDeployment } from "./judge-live-deployment.ts";

/** Judges the live sites as if they were created today: what the webhook lets them keep is named here. */
export async function audit(
  flags: FlagValues<typeof auditFlags>,
  names: readonly string[],
  io: Io,
): Promise<number> {
  const limits = await readLimits(flags["limits-file"], io.env);
  const client = connect(flags, io);
  try {
    const namespace = flags["all-namespaces"] ? undefined : client.namespace;
    const enforced = await enforcedNamespaces(client, io);
    const path = resourcePath({ apiVersion: "apps/v1", resource: "deployments", namespace });
    const judge = (raw: unknown) => judgeDeployment(raw, enforced, limits, io.now());
    const { items } = await listAll(client, path, judge, {
      labelSelector: flags.selector,
      signal: io.signal,
    });
    const verdicts = items.filter((verdict) => verdict !== undefined);
    const where = namespace === undefined ? "in any namespace" : `in namespace ${namespace}`;
    return writeVerdicts(selectNamed(verdicts, siteNames(names), where), flags.output, io);
  } finally {
    client.close();
  }
}

function selectNamed(
  verdicts: readonly Verdict[],
  names: readonly string[],
  where: string,
): readonly Verdict[] {
  const known = new Set(verdicts.map(({ name }) => name));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0) throw noSuchSite(missing, [...known], where);
  const found = names.length === 0 ? verdicts : verdicts.filter(({ name }) => names.includes(name));
  if (found.length === 0) throw new CommandError("no sites found; -n names another namespace, -A takes all");
  return found;
}

/** The namespaces in which every Deployment is a site. Who may not read namespaces sees labelled sites only. */
async function enforcedNamespaces(client: ApiClient, io: Io): Promise<ReadonlySet<unknown>> {
  const path = resourcePath({ apiVersion: "v1", resource: "namespaces" });
  try {
    const labelSelector = `${namespaceLabel}=${namespaceLabelValue}`;
    const { items } = await listAll(client, path, (raw) => memberAt(raw, "metadata", "name"), {
      labelSelector,
      signal: io.signal,
    });
    return new Set(items);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
    warn(io, "namespaces cannot be listed, so only labelled sites are looked at");
    return new Set();
  }
}

/** Undefined for a Deployment that is no site. */
function judgeDeployment(
  raw: unknown,
  enforced: ReadonlySet<unknown>,
  limits: Limits,
  now: number,
): Verdict | undefined {
  const namespace = memberAt(raw, "metadata", "namespace");
  const isLabelled = memberAt(raw, "metadata", "labels", siteLabel) === siteLabelValue;
  if (!isObject(raw) || typeof namespace !== "string" || !(isLabelled || enforced.has(namespace)))
    return undefined;
  const { object, evaluation } = judgeLiveDeployment(raw, namespace, limits, now);
  return verdictOf(object, namespace, evaluation);
}
