import { isImageDigest, isImageTag, parseImageReference } from "../image/image-reference.ts";

/** What an upgrade changes its sites to. */
export type ImageTarget =
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "digest"; readonly digest: string }
  | { readonly kind: "image"; readonly image: string };

export type ParsedTarget = { readonly target: ImageTarget } | { readonly problem: string };

/**
 * Parses VERSION: a tag (`v0.11`), a digest (`@sha256:…`) or a whole image reference, which is what has a `/`, or a
 * tag or digest of its own.
 */
export function parseTarget(version: string): ParsedTarget {
  if (version.startsWith("@")) {
    const digest = version.slice(1);
    return isImageDigest(digest)
      ? { target: { kind: "digest", digest } }
      : invalid(version, "no digest: an algorithm, a colon and its digits, such as @sha256: and 64 of them");
  }
  if (!/[/:@]/.test(version)) {
    return isImageTag(version)
      ? { target: { kind: "tag", tag: version } }
      : invalid(version, "no tag: 1 to 128 letters, digits, '_', '.' and '-', the first one no '.' or '-'");
  }
  return parseImageReference(version) === undefined
    ? invalid(version, "no image reference: REGISTRY/REPOSITORY:TAG, with a lower-case repository")
    : { target: { kind: "image", image: version } };
}

/**
 * The image that a site goes to. A tag or a digest keeps the site's own repository, as it is written there; a new tag
 * drops an old digest (which would win over it), and a new digest keeps no tag that it may not be of.
 *
 * @returns undefined when the site's current image is no valid reference, so that it has no repository to keep
 */
export function targetImage(target: ImageTarget, currentImage: string): string | undefined {
  if (target.kind === "image") return target.image;
  if (parseImageReference(currentImage) === undefined) return undefined;
  const name = repositoryAsWritten(currentImage);
  return target.kind === "tag" ? `${name}:${target.tag}` : `${name}@${target.digest}`;
}

/** A target as a person names it: the tag, the shortened digest or the image. */
export function formatTarget(target: ImageTarget): string {
  if (target.kind === "tag") return target.tag;
  return target.kind === "digest" ? `@${shortDigest(target.digest)}` : target.image;
}

/** The version of an image as a person names it: its tag, else its shortened digest, else `latest`, as it is pulled. */
export function versionOf(image: string): string {
  const reference = parseImageReference(image);
  if (reference === undefined) return image;
  const { tag, digest } = reference;
  return tag ?? (digest === undefined ? "latest" : `@${shortDigest(digest)}`);
}

/** A valid reference without its tag and digest; parsing would write out the defaults that its author left out. */
function repositoryAsWritten(image: string): string {
  const [name = ""] = image.split("@", 1);
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  return colon === -1 ? name : name.slice(0, colon);
}

/** Twelve digits, as container tools show image ids. */
function shortDigest(digest: string): string {
  return digest.slice(0, digest.indexOf(":") + 13);
}

function invalid(version: string, what: string): ParsedTarget {
  return { problem: `${JSON.stringify(version.slice(0, 100))} is ${what}` };
}
