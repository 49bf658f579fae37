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
    for (const context of pod.securityContexts) {
      const group = member(context.value, "runAsGroup");
      if (group === 0) report({ path: context.at("runAsGroup"), value: group, allowed: "any but 0" });
    }
    const ofPod = locatedMember(pod.spec, "securityContext");
    const fsGroup = member(ofPod.value, "fsGroup");
    if (fsGroup === 0) report({ path: ofPod.at("fsGroup"), value: fsGroup, allowed: "any but 0" });
    for (const [index, group] of listMember(ofPod.value, "supplementalGroups").entries()) {
      if (group === 0)
        report({ path: ofPod.at("supplementalGroups", index), value: group, allowed: "any but 0" });
    }
  },
};
