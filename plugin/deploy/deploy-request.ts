import type { ApiClient } from "../../shared/cluster/api-client.ts";
import { ApiError } from "../../shared/cluster/api-error.ts";
import type { SiteOwner } from "../../shared/site/site-owner.ts";
import type { SiteName } from "../../shared/site/site-name.ts";
import type { SiteRequest } from "../../shared/site/site-request.ts";
import { CommandError } from "../errors.ts";
import { applySite } from "./apply-site.ts";
import { createPatientClient, isAuthorizersRefusal } from "./patient-client.ts";
import type { SiteAvailability } from "./site-availability.ts";
import type { SiteConfiguration } from "./site-configuration.ts";
import { createSlots } from "./slots.ts";

/** What became of a request. */
export type DeployOutcome =
  | { readonly kind: "deployed"; readonly url: string }
  | { readonly kind: "rejected"; readonly reasons: readonly string[] };

/** Nothing can be deployed here at all: it is not about one request. */
export class DeployerDisabledError extends CommandError {}

export interface RequestDeployerOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly configuration: SiteConfiguration;
  readonly availability: SiteAvailability;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Turns requests into available sites. Throws for what the next try may do better, with one line that says why. */
export type RequestDeployer = (
  request: SiteRequest,
  name: SiteName,
  owner: SiteOwner,
  /** Told when everything is applied, and only the wait for the pods remains. */
  onApplied?: () => void,
) => Promise<DeployOutcome>;

/** Sites that are applied at a time: more gain nothing, see the API server's own limits of requests in flight. */
export const applyConcurrency = 40;
/** How long a request goes on while the API server is away, before the site counts as failed. */
const patienceMs = 60_000;

export function createRequestDeployer(options: RequestDeployerOptions): RequestDeployer {
  const { namespace, configuration, availability, signal } = options;
  const client = createPatientClient(options.client, { patienceMs, signal });
  const slots = createSlots(applyConcurrency);

  return async (request, { siteName, claims }, owner, onApplied): Promise<DeployOutcome> => {
    const site = { identity: { siteName, namespace, owner }, claims, request };
    const expected = await availability.expect(siteName).catch((error: unknown) => {
      throw explain(error, siteName, namespace);
    });
    try {
      const outcome = await slots.run(async () => {
        signal.throwIfAborted();
        return await applySite(client, site, configuration, options.now());
      });
      if (outcome.kind === "rejected") return outcome;
      onApplied?.();
      await expected.available(outcome.deployment);
      return { kind: "deployed", url: outcome.url };
    } catch (error) {
      signal.throwIfAborted();
      throw explain(error, siteName, namespace);
    } finally {
      expected.forget();
    }
  };
}

/** An answer of the API server, with what to do about it where that is known. */
function explain(error: unknown, siteName: string, namespace: string): unknown {
  if (!(error instanceof ApiError)) return error;
  if (isAuthorizersRefusal(error)) {
    return new DeployerDisabledError(`${error.message}; the role of the deployer has to allow it`);
  }
  if (error.status === 404 && error.message.startsWith(`namespaces "${namespace}"`)) {
    return new DeployerDisabledError(
      `there is no namespace ${namespace}; create it, or choose another with -n`,
    );
  }
  if (error.status === 409 && error.causes.length > 0) {
    const fields = error.causes.map(({ field }) => field).join(", ");
    return new CommandError(`the site ${siteName} has fields that somebody else manages: ${fields}`);
  }
  return new CommandError(`the site ${siteName} cannot be applied: ${error.message}`, { cause: error });
}
