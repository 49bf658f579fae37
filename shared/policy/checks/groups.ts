import type { PodCheck } from "../check.ts";
import { listMember, member } from "../json.ts";
import { locatedMember } from "../located.ts";

export const groups: PodCheck = {
  id: "groups",
  title: "Groups",
  what: "runAsGroup, fsGroup and supplementalGroups are not root's group 0.",
  why: "Group 0 owns files of the image and of volumes that were meant for root only.",
  source: "Pod Security Policies (former): runAsGroup, fsGroup and supplementalGroups MustRunAs",
  mode: "deny",
  scope: "pod",
  limit: () => "not 0",
  find(report, pod) {
    for (const { value, path } of pod.securityContexts) {
      const group = member(value, "runAsGroup");
      if (group === 0) report({ path: [...path, "runAsGroup"], value: group, allowed: "any but 0" });
    }
    const { value: context, path } = locatedMember(pod.spec, "securityContext");
    const fsGroup = member(context, "fsGroup");
    if (fsGroup === 0) report({ path: [...path, "fsGroup"], value: fsGroup, allowed: "any but 0" });
    for (const [index, group] of listMember(context, "supplementalGroups").entries()) {
      if (group === 0)
        report({ path: [...path, "supplementalGroups", index], value: group, allowed: "any but 0" });
    }
  },
};
