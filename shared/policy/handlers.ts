import type { LocatedContainer } from "./containers.ts";
import { member } from "./json.ts";
import { locatedMember } from "./located.ts";
import type { Located } from "./located.ts";

const probeFields = ["livenessProbe", "readinessProbe", "startupProbe"] as const;
const hookFields = ["postStart", "preStop"] as const;

/** Every probe that a container has. */
export function locateProbes(containers: readonly LocatedContainer[]): readonly Located[] {
  return containers.flatMap((container) => presentMembers(container, probeFields));
}

/** Every lifecycle hook that a container has. */
export function locateHooks(containers: readonly LocatedContainer[]): readonly Located[] {
  return containers.flatMap((container) => presentMembers(locatedMember(container, "lifecycle"), hookFields));
}

function presentMembers(owner: Located, fields: readonly string[]): readonly Located[] {
  return fields
    .filter((field) => member(owner.value, field) !== undefined)
    .map((field) => locatedMember(owner, field));
}
