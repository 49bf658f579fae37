import { printable } from "../text/printable.ts";

/** Where a field is: member names and list indexes, from the object's root. */
export type FieldPath = readonly (string | number)[];

const plainName = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** How many characters of a map's key (a stranger's text) are shown. */
const maximumKeyLength = 80;

/** A path as the API server writes it: `spec.template.spec.containers[0].image`, `metadata.labels[app.kubernetes.io/name]`. */
export function renderPath(path: FieldPath): string {
  let rendered = "";
  for (const segment of path) {
    if (typeof segment === "number") rendered += `[${segment}]`;
    else if (plainName.test(segment) && segment.length <= maximumKeyLength)
      rendered += rendered === "" ? segment : `.${segment}`;
    else rendered += `[${printable(segment, maximumKeyLength)}]`;
  }
  return rendered;
}
