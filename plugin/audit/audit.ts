import type { ApiClient } from "../../shared/cluster/api-client.ts";
import type { Limits } from "../../shared/policy/limits.ts";
import type { FlagValues } from "../command.ts";
import type { auditFlags } from "../commands/audit.ts";
import { connect } from "../connect.ts";
import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";
import { readLimitsInForce } from "../lint/read-limits-in-force.ts";
import type { Verdict } from "../lint/verdict.ts";
import { writeVerdicts } from "../lint/write-verdicts.ts";
import { noSuchSite, siteNames } from "../rollout/list-sites.ts";
import { auditSites } from "./audit-sites.ts";
import { auditWorkloads } from "./audit-workloads.ts";
import { enforcedNamespaces } from "./enforced-namespaces.ts";

/** What an audit looks at, and by which limits. */
export interface AuditScope {
  readonly client: ApiClient;
  /** Undefined for all. */
  readonly namespace: string | undefined;
  /** The namespaces in which whatever makes pods is held against the limits. */
  readonly enforced: ReadonlySet<string>;
  readonly limits: Limits;
  readonly io: Io;
}

/** Judges what is live as if it were created today: what the webhook lets it keep is named here. */
export async function audit(
  flags: FlagValues<typeof auditFlags>,
  names: readonly string[],
  io: Io,
): Promise<number> {
  const client = connect(flags, io);
  try {
    const namespace = flags["all-namespaces"] ? undefined : client.namespace;
    const limits = await readLimitsInForce(flags, client, io);
    const scope = {
      client,
      namespace,
      enforced: await enforcedNamespaces(client, namespace, io),
      limits,
      io,
    };
    const sites = await auditSites(scope, flags.selector);
    const isWhole = names.length === 0 && flags.selector === undefined;
    const workloads = isWhole ? await auditWorkloads(scope, sites) : [];
    const verdicts = selectNamed(
      sites.map(({ verdict }) => verdict),
      siteNames(names),
      namespace === undefined ? "in any namespace" : `in namespace ${namespace}`,
    );
    if (verdicts.length + workloads.length === 0)
      throw new CommandError("no sites found; -n names another namespace, -A takes all");
    return writeVerdicts([...verdicts, ...workloads], flags.output, io);
  } finally {
    client.close();
  }
}

function selectNamed(
  verdicts: readonly Verdict[],
  names: readonly string[],
  where: string,
): readonly Verdict[] {
  if (names.length === 0) return verdicts;
  const known = new Set(verdicts.map(({ name }) => name));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0) throw noSuchSite(missing, [...known], where);
  return verdicts.filter(({ name }) => names.includes(name));
}
