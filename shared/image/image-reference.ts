/**
 * Container image references: `[registry/]repository[:tag][@digest]`.
 *
 * The grammar is the one of the container registries' reference implementation, which the kubelet's runtimes share
 * (github.com/distribution/reference, regexp.go and normalize.go).
 */

/** An image reference in its parts, each as it was written: nothing is defaulted. */
export interface ImageReference {
  /** Registry with its port, such as `ghcr.io` or `localhost:5000`; absent when the reference does not name one. */
  readonly registry?: string;
  /** Path of the repository in its registry, such as `subscribie/subscribie`. */
  readonly repository: string;
  readonly tag?: string;
  /** Digest with its algorithm, such as `sha256:…`. */
  readonly digest?: string;
}

export type ParsedImageReference = { readonly reference: ImageReference } | { readonly problem: string };

/** Longest name (registry and repository together) that registries accept. */
const MAX_NAME_LENGTH = 255;
/** Longer than any valid reference (name, tag and a sha512 digest): what is longer is refused before it is matched. */
const MAX_REFERENCE_LENGTH = 1024;

const DOMAIN_COMPONENT = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const IPV6 = String.raw`\[[a-fA-F0-9:]+\]`;
const REGISTRY = new RegExp(
  String.raw`^(?:${DOMAIN_COMPONENT}(?:\.${DOMAIN_COMPONENT})*|${IPV6})(?::[0-9]{1,5})?$`,
);
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
/** Algorithms whose length registries check (image-spec, descriptor.md). */
const REGISTERED_DIGEST = [
  { algorithm: "sha256:", form: /^sha256:[0-9a-f]{64}$/, what: "64 lower-case hexadecimal digits" },
  { algorithm: "sha512:", form: /^sha512:[0-9a-f]{128}$/, what: "128 lower-case hexadecimal digits" },
] as const;

/** Says whether `text` can be an image's tag. */
export function isImageTag(text: string): boolean {
  return TAG.test(text);
}

/** What is wrong with `digest`, or undefined when it is well formed. */
export function digestProblem(digest: string): string | undefined {
  if (!DIGEST.test(digest))
    return "its digest is not an algorithm, a colon and at least 32 hexadecimal digits";
  const registered = REGISTERED_DIGEST.find(({ algorithm }) => digest.startsWith(algorithm));
  if (registered !== undefined && !registered.form.test(digest)) return `its digest needs ${registered.what}`;
  return undefined;
}

/** Parses an image reference; what is wrong with it is said in words that follow "it", without repeating the text. */
export function parseImageReference(text: string): ParsedImageReference {
  if (text === "") return { problem: "it is empty" };
  if (text.length > MAX_REFERENCE_LENGTH)
    return { problem: `it is longer than ${MAX_REFERENCE_LENGTH} characters` };

  const at = text.indexOf("@");
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const tagged = at === -1 ? text : text.slice(0, at);
  if (digest !== undefined) {
    const problem = digestProblem(digest);
    if (problem !== undefined) return { problem };
  }

  const slash = tagged.lastIndexOf("/");
  const colon = tagged.indexOf(":", slash + 1);
  const tag = colon === -1 ? undefined : tagged.slice(colon + 1);
  const name = colon === -1 ? tagged : tagged.slice(0, colon);
  if (tag !== undefined && !TAG.test(tag)) {
    return {
      problem:
        "its tag is not 1 to 128 letters, digits, '_', '.' or '-' that start with a letter, digit or '_'",
    };
  }
  if (name.length > MAX_NAME_LENGTH)
    return { problem: `its name is longer than ${MAX_NAME_LENGTH} characters` };

  const { registry, repository } = splitName(name);
  if (registry !== undefined && !REGISTRY.test(registry))
    return { problem: "its registry is not a host, with or without a port" };
  const problem = repositoryProblem(repository);
  if (problem !== undefined) return { problem };
  return {
    reference: {
      ...(registry === undefined ? {} : { registry }),
      repository,
      ...(tag === undefined ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
    },
  };
}

/**
 * The first component is a registry when it has a dot, a port or an upper-case letter, or is `localhost`
 * (distribution/reference, splitDockerDomain); else it is the first part of a repository on the default registry.
 */
function splitName(name: string): { registry?: string; repository: string } {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const isRegistry = slash !== -1 && (/[.:A-Z]/.test(first) || first === "localhost");
  return isRegistry ? { registry: first, repository: name.slice(slash + 1) } : { repository: name };
}

function repositoryProblem(repository: string): string | undefined {
  if (repository === "") return "it names no repository";
  if (/[A-Z]/.test(repository)) return "its repository has upper-case letters";
  if (/^[0-9a-f]{64}$/.test(repository))
    return "its repository looks like an image id (64 hexadecimal digits)";
  if (!repository.split("/").every((component) => PATH_COMPONENT.test(component))) {
    return "its repository is not lower-case letters and digits, separated by single '.', '_', '__', '-' or '/'";
  }
  return undefined;
}

/** Writes a reference as it was parsed: `formatImageReference(parse(text))` is `text`. */
export function formatImageReference(reference: ImageReference): string {
  const registry = reference.registry === undefined ? "" : `${reference.registry}/`;
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${registry}${reference.repository}${tag}${digest}`;
}

/**
 * Registry and repository with the defaults that container runtimes apply: `nginx` is `docker.io/library/nginx`,
 * and `index.docker.io` is another name of `docker.io` (distribution/reference, normalize.go).
 */
export function qualifiedRepository(reference: ImageReference): { registry: string; repository: string } {
  const registry =
    reference.registry === undefined || reference.registry === "index.docker.io"
      ? "docker.io"
      : reference.registry;
  const isOfficial = registry === "docker.io" && !reference.repository.includes("/");
  return { registry, repository: isOfficial ? `library/${reference.repository}` : reference.repository };
}
