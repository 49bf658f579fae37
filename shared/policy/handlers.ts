import type { LocatedContainer } from "./containers.ts";
import { member } from "./json.ts";
import { locatedMember } from "./located.ts";
import type { Located } from "./located.ts";

const probeFields = ["livenessProbe", "readinessProbe", "startupProbe"] as const;
const hookFields = ["postStart", "preStop"] as const;

/** Every probe that a container has. */
export function locateProbes(containers: readonly LocatedContainer[]): readonly Located[] {
  const probes: Located[] = [];
  for (const container of containers) addMembers(probes, container, probeFields);
  return probes;
}

/** Every lifecycle hook that a container has. */
export function locateHooks(containers: readonly LocatedContainer[]): readonly Located[] {
  const hooks: Located[] = [];
  for (const container of containers) addMembers(hooks, locatedMember(container, "lifecycle"), hookFields);
  return hooks;
}

function addMembers(parts: Located[], owner: Located, fields: readonly string[]): void {
  for (const field of fields)
    if (member(owner.value, field) !== undefined) parts.push(locatedMember(owner, field));
}
