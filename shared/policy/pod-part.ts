import { locateContainers } from "./containers.ts";
import type { LocatedContainer } from "./containers.ts";
import { locateEnvironments } from "./environment.ts";
import type { Environment } from "./environment.ts";
import { locateHooks, locateProbes } from "./handlers.ts";
import { locateImages } from "./images.ts";
import type { LocatedImage } from "./images.ts";
import type { JsonObject } from "./json.ts";
import { located, locatedList, locatedMember } from "./located.ts";
import type { Located } from "./located.ts";

/**
 * The pod that an object is, or the template of the pods that it makes. What several checks look at is located once,
 * when the first of them asks.
 */
export class PodPart {
  readonly metadata: Located;
  readonly spec: Located;
  readonly containers: readonly LocatedContainer[];
  readonly volumes: readonly Located[];
  #probes: readonly Located[] | undefined;
  #handlers: readonly Located[] | undefined;
  #images: readonly LocatedImage[] | undefined;
  #environments: readonly Environment[] | undefined;
  #containerSecurityContexts: readonly Located[] | undefined;
  #resourceOwners: readonly Located[] | undefined;

  /** @param path where in the object the pod or its template is */
  constructor(object: JsonObject, path: readonly string[]) {
    this.metadata = located(object, [...path, "metadata"]);
    this.spec = located(object, [...path, "spec"]);
    this.containers = locateContainers(this.spec);
    this.volumes = locatedList(this.spec, "volumes");
  }

  /** Every probe that a container has. */
  get probes(): readonly Located[] {
    return (this.#probes ??= locateProbes(this.containers));
  }

  /** Whatever the kubelet runs or calls for a container: probes and lifecycle hooks. */
  get handlers(): readonly Located[] {
    return (this.#handlers ??= [...this.probes, ...locateHooks(this.containers)]);
  }

  /** The image of every container and every image volume. */
  get images(): readonly LocatedImage[] {
    return (this.#images ??= locateImages(this.containers, this.volumes));
  }

  /** The environment of every container. */
  get environments(): readonly Environment[] {
    return (this.#environments ??= locateEnvironments(this.containers));
  }

  /** The security context of each container; empty where there is none. */
  get containerSecurityContexts(): readonly Located[] {
    return (this.#containerSecurityContexts ??= this.containers.map((container) =>
      locatedMember(container, "securityContext"),
    ));
  }

  /** The pod's own security context and each container's: what the Pod Security Standards look at. */
  get securityContexts(): readonly Located[] {
    return [locatedMember(this.spec, "securityContext"), ...this.containerSecurityContexts];
  }

  /** The `resources` of the pod as a whole (KEP-2837) and of every container. */
  get resourceOwners(): readonly Located[] {
    return (this.#resourceOwners ??= [this.spec, ...this.containers].map((owner) =>
      locatedMember(owner, "resources"),
    ));
  }
}
