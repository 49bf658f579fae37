import {
  digestProblem,
  formatImageReference,
  isImageTag,
  parseImageReference,
} from "../image/image-reference.ts";

/** What a rollout changes its sites to. */
export type ImageTarget =
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "digest"; readonly digest: string }
  | { readonly kind: "image"; readonly image: string };

export type ParsedTarget = { readonly target: ImageTarget } | { readonly problem: string };

/**
 * Parses VERSION: a tag (`v0.11`), a digest (`@sha256:…`) or a whole image reference, which is what has a `/`, a `:`
 * or a tag or digest of its own.
 */
export function parseTarget(version: string): ParsedTarget {
  if (version.startsWith("@")) {
    const digest = version.slice(1);
    const problem = digestProblem(digest);
    return problem === undefined ? { target: { kind: "digest", digest } } : invalid(version, problem);
  }
  if (!/[/:@]/.test(version)) {
    return isImageTag(version)
      ? { target: { kind: "tag", tag: version } }
      : invalid(version, "it is not a tag (1 to 128 letters, digits, '_', '.' or '-')");
  }
  const parsed = parseImageReference(version);
  return "problem" in parsed
    ? invalid(version, parsed.problem)
    : { target: { kind: "image", image: version } };
}

/**
 * The image that a site goes to. A tag or a digest keeps the site's own repository; a new tag drops an old digest
 * (which would win over it), and a new digest keeps no tag that it may not be of.
 *
 * @returns undefined when the site's current image is no valid reference, so that it has no repository to keep
 */
export function targetImage(target: ImageTarget, currentImage: string): string | undefined {
  if (target.kind === "image") return target.image;
  const current = parseImageReference(currentImage);
  if ("problem" in current) return undefined;
  const { registry, repository } = current.reference;
  const name = { ...(registry === undefined ? {} : { registry }), repository };
  return formatImageReference(
    target.kind === "tag" ? { ...name, tag: target.tag } : { ...name, digest: target.digest },
  );
}

/** A target as a person names it: the tag, the shortened digest or the image. */
export function formatTarget(target: ImageTarget): string {
  if (target.kind === "tag") return target.tag;
  return target.kind === "digest" ? `@${shortDigest(target.digest)}` : target.image;
}

/** The version of an image as a person names it: its tag, else its shortened digest, else the whole text. */
export function versionOf(image: string): string {
  const parsed = parseImageReference(image);
  if ("problem" in parsed) return image;
  const { tag, digest } = parsed.reference;
  return tag ?? (digest === undefined ? "latest" : `@${shortDigest(digest)}`);
}

/** Twelve digits, as container tools show image ids. */
function shortDigest(digest: string): string {
  const colon = digest.indexOf(":");
  return digest.slice(0, colon + 13);
}

function invalid(version: string, problem: string): ParsedTarget {
  return {
    problem: `${JSON.stringify(version.slice(0, 100))} is no tag, digest or image reference: ${problem}`,
  };
}
