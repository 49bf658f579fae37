import { applyApiDefaults } from "../../shared/policy/api-defaults.ts";
import { evaluate } from "../../shared/policy/evaluate.ts";
import { parseQuantity } from "../../shared/policy/quantity.ts";
import type { SiteManifests } from "../../shared/site/site-manifests.ts";
import type { SiteRequest } from "../../shared/site/site-request.ts";
import { isOperatorHost } from "../../shared/site/site-url.ts";
import type { LiveSite } from "./live-site.ts";
import type { SiteConfiguration } from "./site-configuration.ts";

/** No storage makes a smaller one; a stranger's slip of the unit would wait for it for ever. */
const minimumSize = "1Mi";

/**
 * Every reason why the operator's limits do not allow what a request asks for: the same verdict that the webhook would
 * give on the Deployment, and what concerns other objects.
 */
export function findPolicyReasons(
  { hosting }: SiteRequest,
  manifests: SiteManifests,
  live: LiveSite | undefined,
  { defaults, limits }: SiteConfiguration,
  now: number,
): readonly string[] {
  const { deployment } = manifests;
  const { violations } = evaluate(applyApiDefaults(deployment), limits, {
    operation: live === undefined ? "CREATE" : "UPDATE",
    namespace: deployment.metadata.namespace,
    oldObject: live?.object,
    now,
  });
  const { maximumSize } = defaults.storage;
  const operatorHosts = (hosting.hostnames ?? []).filter((hostname) => isOperatorHost(hostname, defaults));
  return [
    ...violations.map(({ message }) => message),
    ...(isMore(minimumSize, hosting.storage)
      ? [`hosting.storage: ${hosting.storage} is less than the ${minimumSize} that a volume needs`]
      : []),
    ...(isMore(hosting.storage, maximumSize)
      ? [`hosting.storage: ${hosting.storage} is more than the ${maximumSize} that a site may have`]
      : []),
    ...operatorHosts.map((hostname) => `hosting.hostnames: ${hostname} is in the operator's own domain`),
  ];
}

function isMore(one: string | undefined, other: string | undefined): boolean {
  const [bytes, otherBytes] = [parseQuantity(one), parseQuantity(other)];
  return bytes !== undefined && otherBytes !== undefined && bytes > otherBytes;
}
