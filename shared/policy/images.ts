import { parseImageReference } from "../image/image-reference.ts";
import type { ImageReference } from "../image/image-reference.ts";
import type { LocatedContainer } from "./containers.ts";
import { member } from "./json.ts";
import { locatedMember } from "./located.ts";
import type { Located } from "./located.ts";

/** How the API calls an image's fields: one way in containers, another in image volumes. */
interface ImageFields {
  readonly reference: string;
  readonly pullPolicy: string;
}

const containerFields: ImageFields = { reference: "image", pullPolicy: "imagePullPolicy" };
const volumeFields: ImageFields = { reference: "reference", pullPolicy: "pullPolicy" };

/** An image that a pod runs or mounts. */
export interface LocatedImage {
  /** The container, or the image volume's source. */
  readonly owner: Located;
  readonly fields: ImageFields;
  /** Whatever stands in the field. */
  readonly reference: unknown;
  /** The reference as runtimes read it; undefined for what is none. */
  readonly image: ImageReference | undefined;
}

/** The image of every container and every image volume. */
export function locateImages(
  containers: readonly LocatedContainer[],
  volumes: readonly Located[],
): readonly LocatedImage[] {
  const sources = volumes.filter((volume) => member(volume.value, "image") !== undefined);
  return [
    ...containers.map((container) => locateImage(container, containerFields)),
    ...sources.map((volume) => locateImage(locatedMember(volume, "image"), volumeFields)),
  ];
}

function locateImage(owner: Located, fields: ImageFields): LocatedImage {
  const reference = member(owner.value, fields.reference);
  const image = typeof reference === "string" ? parseImageReference(reference) : undefined;
  return { owner, fields, reference, image };
}
