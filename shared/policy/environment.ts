import type { LocatedContainer } from "./containers.ts";
import { locatedList } from "./located.ts";
import type { Located } from "./located.ts";

/** A container's environment variables, and the objects that it takes whole. */
export interface Environment {
  readonly container: LocatedContainer;
  readonly variables: readonly Located[];
  readonly sources: readonly Located[];
}

export function locateEnvironments(containers: readonly LocatedContainer[]): readonly Environment[] {
  return containers.map((container) => ({
    container,
    variables: locatedList(container, "env"),
    sources: locatedList(container, "envFrom"),
  }));
}
