import { isObject, listMember, stringMember } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { Located } from "./located.ts";

/** The lists of a pod spec that hold containers. A check that forgets one of them is a bypass. */
const containerLists = ["initContainers", "containers", "ephemeralContainers"] as const;

type ContainerList = (typeof containerLists)[number];

/** A container of any list. */
export class LocatedContainer extends Located {
  readonly list: ContainerList;

  constructor(value: JsonObject, spec: Located, list: ContainerList, index: number) {
    super(value, spec, [list, index]);
    this.list = list;
  }

  /** An init container that is restarted always: it runs beside the others (KEP-753). */
  get sidecar(): boolean {
    return this.list === "initContainers" && stringMember(this.value, "restartPolicy") === "Always";
  }
}

/** Every container of a pod spec: init, sidecar, regular and ephemeral. */
export function locateContainers(spec: Located): readonly LocatedContainer[] {
  const located: LocatedContainer[] = [];
  for (const list of containerLists) {
    for (const [index, value] of listMember(spec.value, list).entries()) {
      if (isObject(value)) located.push(new LocatedContainer(value, spec, list, index));
    }
  }
  return located;
}
