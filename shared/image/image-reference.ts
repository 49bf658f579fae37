import { remember } from "../text/remember.ts";

/**
 * Image references, parsed as the container runtimes parse them.
 * Source of the grammar and of Docker Hub's defaults: github.com/distribution/reference (reference.go, normalize.go).
 */

export interface ImageReference {
  /** The registry's host in lower case, with its port if it has one: `ghcr.io`, `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** The repository within the registry: `subscribie/subscribie`, `library/nginx`. */
  readonly repository: string;
  readonly tag: string | undefined;
  /** With its algorithm: `sha256:…`. */
  readonly digest: string | undefined;
}

/** Longer texts are refused before any pattern sees them; the grammar allows 255 characters of name, 128 of tag. */
const maximumLength = 600;
const maximumNameLength = 255;

const registryPattern =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
const repositorySegmentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestPattern = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,128}$/;
const sha256Pattern = /^sha256:[0-9a-f]{64}$/;

const dockerHub = "docker.io";

/** Whether a text is an image tag. */
export function isImageTag(text: string): boolean {
  return tagPattern.test(text);
}

/** Whether a text is an image digest with its algorithm, as `sha256:…`. */
export function isImageDigest(text: string): boolean {
  return (
    text.length <= maximumLength &&
    digestPattern.test(text) &&
    (!text.startsWith("sha256:") || sha256Pattern.test(text))
  );
}

/**
 * Parses an image reference. Undefined for what is none: the runtimes would refuse it too (userinfo, upper-case
 * repositories, empty segments, white space).
 */
export function parseImageReference(text: string): ImageReference | undefined {
  return text.length > maximumLength ? undefined : parseKnown(text);
}

/** A thousand sites run a handful of images. */
const parseKnown = remember(parseText, 1000);

function parseText(text: string): ImageReference | undefined {
  const { rest: withoutDigest, after: digest } = cutAtFirst(text, "@");
  if (digest !== undefined && !isImageDigest(digest)) return undefined;
  const lastSlash = withoutDigest.lastIndexOf("/");
  const { rest: lastSegment, after: tag } = cutAtFirst(withoutDigest.slice(lastSlash + 1), ":");
  if (tag !== undefined && !tagPattern.test(tag)) return undefined;
  const name = splitName(withoutDigest.slice(0, lastSlash + 1) + lastSegment);
  if (name === undefined) return undefined;
  return { ...name, tag, digest };
}

/** The reference as one text, with everything that the short form leaves out. */
export function formatImageReference(image: ImageReference): string {
  const tag = image.tag === undefined ? "" : `:${image.tag}`;
  const digest = image.digest === undefined ? "" : `@${image.digest}`;
  return `${image.registry}/${image.repository}${tag}${digest}`;
}

function cutAtFirst(text: string, separator: string): { rest: string; after: string | undefined } {
  const index = text.indexOf(separator);
  if (index === -1) return { rest: text, after: undefined };
  return { rest: text.slice(0, index), after: text.slice(index + 1) };
}

function splitName(name: string): { registry: string; repository: string } | undefined {
  const { rest: first, after } = cutAtFirst(name, "/");
  const hasRegistry = after !== undefined && isRegistry(first);
  const registry = hasRegistry ? first.toLowerCase() : dockerHub;
  const path = hasRegistry ? after : name;
  if (!registryPattern.test(registry) || registry.length + path.length + 1 > maximumNameLength)
    return undefined;
  if (!path.split("/").every((segment) => repositorySegmentPattern.test(segment))) return undefined;
  const onHub = registry === dockerHub || registry === "index.docker.io";
  if (!onHub) return { registry, repository: path };
  return { registry: dockerHub, repository: path.includes("/") ? path : `library/${path}` };
}

/** The first part of a name is a registry when it could not be a Docker Hub user: it has a dot, a port or an upper-case letter, or is localhost. */
function isRegistry(first: string): boolean {
  return first.includes(".") || first.includes(":") || first === "localhost" || first.toLowerCase() !== first;
}
