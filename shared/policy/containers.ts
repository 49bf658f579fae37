import { isObject, listMember, stringMember } from "./json.ts";
import type { Located } from "./located.ts";

/** The lists of a pod spec that hold containers. A check that forgets one of them is a bypass. */
const containerLists = ["initContainers", "containers", "ephemeralContainers"] as const;

type ContainerList = (typeof containerLists)[number];

/** A container of any list. */
export interface LocatedContainer extends Located {
  readonly list: ContainerList;
  /** An init container that is restarted always: it runs beside the others (KEP-753). */
  readonly sidecar: boolean;
}

/** Every container of a pod spec: init, sidecar, regular and ephemeral. */
export function locateContainers(spec: Located): readonly LocatedContainer[] {
  const located: LocatedContainer[] = [];
  for (const list of containerLists) {
    for (const [index, value] of listMember(spec.value, list).entries()) {
      if (!isObject(value)) continue;
      const sidecar = list === "initContainers" && stringMember(value, "restartPolicy") === "Always";
      located.push({ value, path: [...spec.path, list, index], list, sidecar });
    }
  }
  return located;
}
