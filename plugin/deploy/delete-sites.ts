import * as z from "zod";
import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { configMapName, ownerAnnotation, secretName } from "../../shared/site/site-labels.ts";
import { isSiteName } from "../../shared/site/site-name.ts";
import { filesDatabase, ownerDigest } from "../../shared/site/site-owner.ts";
import type { SiteOwner } from "../../shared/site/site-owner.ts";
import { printable } from "../../shared/text/printable.ts";
import type { FlagValues } from "../command.ts";
import type { deleteFlags } from "../commands/delete.ts";
import { connect } from "../connect.ts";
import { CommandError, exitCodes, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { deleted, isClaimed } from "../queue/bookkeeping.ts";
import { openQueue } from "../queue/open-queue.ts";
import { confirm } from "../terminal/confirm.ts";
import { readSiteOwner, releaseOtherClaims } from "./claim.ts";
import { readLiveSite } from "./live-site.ts";

interface SiteObject {
  readonly apiVersion: string;
  readonly resource: string;
  /** As kubectl names the type in its output. */
  readonly type: string;
  readonly name: (siteName: string) => string;
}

const same = (siteName: string) => siteName;

/** In the order of their deletion: what answers requests goes first. */
const removable: readonly SiteObject[] = [
  {
    apiVersion: "networking.k8s.io/v1",
    resource: "ingresses",
    type: "ingress.networking.k8s.io",
    name: same,
  },
  { apiVersion: "apps/v1", resource: "deployments", type: "deployment.apps", name: same },
  { apiVersion: "v1", resource: "services", type: "service", name: same },
  {
    apiVersion: "networking.k8s.io/v1",
    resource: "networkpolicies",
    type: "networkpolicy.networking.k8s.io",
    name: same,
  },
  { apiVersion: "v1", resource: "configmaps", type: "configmap", name: configMapName },
];

/** What cannot be made again. */
const precious: readonly SiteObject[] = [
  { apiVersion: "v1", resource: "secrets", type: "secret", name: secretName },
  { apiVersion: "v1", resource: "persistentvolumeclaims", type: "persistentvolumeclaim", name: same },
];

const metadataSchema = z.object({
  metadata: z.object({ uid: z.string(), annotations: z.record(z.string(), z.string()).nullish() }),
});

/** Deletes sites, one after the other; a problem with one leaves the others to be deleted. */
export async function deleteSites(
  flags: FlagValues<typeof deleteFlags>,
  operands: readonly string[],
  io: Io,
): Promise<number> {
  const siteNames = [...new Set(operands)];
  const wrong = siteNames.find((siteName) => !isSiteName(siteName));
  if (wrong !== undefined) throw new UsageError(`'${printable(wrong, 80)}' is not a site's name`);
  const client = connect(flags, io);
  try {
    const question = deletionQuestion(siteNames, client.namespace, flags.purge);
    if (!flags.yes && !(await confirm(question, io, "pass --yes to delete without a question")))
      throw new CommandError("nothing was deleted");
    const problems: string[] = [];
    for (const siteName of siteNames) {
      const problem = await deleteSite(client, siteName, flags, io);
      if (problem !== undefined) problems.push(problem);
    }
    if (problems.length > 0) throw new CommandError(problems.join("; "));
    return exitCodes.done;
  } finally {
    client.close();
  }
}

function deletionQuestion(siteNames: readonly string[], namespace: string, purge: boolean): string {
  const [only = ""] = siteNames;
  if (siteNames.length === 1) {
    const rest = purge ? "with all its data, for good" : "and keep its volume and its Secret";
    return `Delete the site ${only} in ${namespace}, ${rest}?`;
  }
  const rest = purge ? "with all their data, for good" : "and keep their volumes and Secrets";
  return `Delete ${siteNames.length} sites in ${namespace}, ${rest}: ${siteNames.join(", ")}?`;
}

/** @returns why it was not deleted */
async function deleteSite(
  client: ApiClient,
  siteName: string,
  flags: FlagValues<typeof deleteFlags>,
  io: Io,
): Promise<string | undefined> {
  const { namespace } = client;
  const owner = await readSiteOwner(client, namespace, siteName);
  if (owner === undefined) return `there is no site ${siteName} in ${namespace} that deploy has made`;
  // First of all, or a deployer could make the site again.
  const obstacle = await markDocument(client, owner, siteName, flags, io);
  if (obstacle !== undefined) return obstacle;
  let deletions = 0;
  function tell(type: string, name: string): void {
    deletions += 1;
    io.stdout.write(`${type} "${name}" deleted\n`);
  }
  for (const object of flags.purge ? [...removable, ...precious] : removable) {
    if (await deleteObject(client, siteName, object, owner)) tell(object.type, object.name(siteName));
  }
  if (flags.purge) {
    const claims = await releaseOtherClaims(client, namespace, siteName, []);
    for (const name of claims) tell("configmap", name);
  }
  return deletions > 0
    ? undefined
    : `there is no site ${siteName} in ${namespace} any more; what it left, and its name, go with --purge`;
}

/** @returns whether it was there, and made from the same request */
async function deleteObject(
  client: ApiClient,
  siteName: string,
  { apiVersion, resource, name }: SiteObject,
  owner: SiteOwner,
): Promise<boolean> {
  const { namespace } = client;
  const path = resourcePath({ apiVersion, resource, namespace, name: name(siteName) });
  try {
    const { metadata } = metadataSchema.parse((await client.request({ method: "GET", path })).body);
    if (metadata.annotations?.[ownerAnnotation] !== ownerDigest(owner)) return false;
    await client.request({
      method: "DELETE",
      path,
      body: { preconditions: { uid: metadata.uid }, propagationPolicy: "Background" },
    });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}

/**
 * Tells the queue, if the site came from one: its document does not make the site again.
 *
 * @returns why it cannot be told
 */
async function markDocument(
  client: ApiClient,
  owner: SiteOwner,
  siteName: string,
  flags: FlagValues<typeof deleteFlags>,
  io: Io,
): Promise<string | undefined> {
  const isConfigured = flags["couchdb-url"] !== undefined || io.env["SUBSCRIBIE_COUCHDB_URL"] !== undefined;
  if (owner.database === filesDatabase) return undefined;
  const queue = isConfigured ? openQueue(flags["couchdb-url"], io) : undefined;
  if (queue?.database !== owner.database) {
    return `the site ${siteName} came from the database ${printable(owner.database, 80)}; name its queue with SUBSCRIBIE_COUCHDB_URL, or the deployer would make the site again`;
  }
  const document = await queue.readOne(owner.document);
  if (document === undefined || document.deployment?.deletedAt !== undefined) return undefined;
  // Once its Deployment is there, which comes last, its deployer only waits for the pods.
  const isBeingMade =
    isClaimed(document, io.now()) && (await readLiveSite(client, client.namespace, siteName)) === undefined;
  if (isBeingMade) return `the site ${siteName} is being made at this moment; try again`;
  const outcome = await queue.write(deleted(document, io.now()));
  return outcome.kind === "written"
    ? undefined
    : `the request of the site ${siteName} is being changed by somebody else; try again`;
}
