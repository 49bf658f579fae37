import type { LocatedContainer } from "./containers.ts";
import type { FieldPath } from "./field-path.ts";
import { member } from "./json.ts";
import { locatedMember } from "./located.ts";
import type { Located } from "./located.ts";

/** An image that a pod runs or mounts; `reference` is whatever stands in the field. */
export interface LocatedImage {
  readonly path: FieldPath;
  readonly reference: unknown;
  readonly pullPolicy: { readonly path: FieldPath; readonly value: unknown };
}

/** The image of every container and every image volume. */
export function locateImages(
  containers: readonly LocatedContainer[],
  volumes: readonly Located[],
): readonly LocatedImage[] {
  const ofContainers = containers.map(({ value, path }) => ({
    path: [...path, "image"],
    reference: member(value, "image"),
    pullPolicy: { path: [...path, "imagePullPolicy"], value: member(value, "imagePullPolicy") },
  }));
  const ofVolumes = volumes.flatMap((volume) => {
    if (member(volume.value, "image") === undefined) return [];
    const { value, path } = locatedMember(volume, "image");
    return [
      {
        path: [...path, "reference"],
        reference: member(value, "reference"),
        pullPolicy: { path: [...path, "pullPolicy"], value: member(value, "pullPolicy") },
      },
    ];
  });
  return [...ofContainers, ...ofVolumes];
}
