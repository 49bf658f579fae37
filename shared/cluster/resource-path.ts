/** Which resource of the API a request is about. */
export interface ResourceAddress {
  /** `v1`, `apps/v1`, … */
  readonly apiVersion: string;
  /** The plural, as in URLs: `deployments`. */
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The URL path of a resource, collection or subresource; every segment is escaped, so no name can leave its place. */
export function resourcePath(address: ResourceAddress): string {
  const { apiVersion, resource, namespace, name, subresource } = address;
  const root = apiVersion.includes("/") ? "apis" : "api";
  const segments = [root, ...apiVersion.split("/")];
  if (namespace !== undefined) segments.push("namespaces", namespace);
  segments.push(resource);
  if (name !== undefined) segments.push(name);
  if (subresource !== undefined) segments.push(subresource);
  for (const segment of segments) {
    // An empty segment or a dot one would be folded away by URL parsers and reach another resource.
    if (segment === "" || segment === "." || segment === "..") {
      throw new TypeError(`not a path segment of the API: '${segment}'`);
    }
  }
  return `/${segments.map(encodeURIComponent).join("/")}`;
}
