import type { PodCheck } from "../check.ts";
import { listMember, member } from "../json.ts";

export const containerRestarts: PodCheck = {
  id: "container-restarts",
  title: "Restart rules",
  what: "A site's pods are restarted always, and containers as their pod says: no restart rules, and no restart policy but a sidecar's Always.",
  why: "Rules of its own can restart a whole pod at will or keep a failed one looking well.",
  source: "KEP-5307 (container restart rules)",
  mode: "deny",
  scope: "pod",
  limit: () => "none",
  find(report, { spec, containers }, _limits, subject) {
    const ofPod = member(spec.value, "restartPolicy");
    if (subject.kind === "site" && ofPod !== undefined && ofPod !== "" && ofPod !== "Always")
      report({ path: spec.at("restartPolicy"), value: ofPod, allowed: "Always" });
    for (const container of containers) {
      const rules = listMember(container.value, "restartPolicyRules");
      if (rules.length > 0)
        report({ path: container.at("restartPolicyRules"), value: rules, allowed: "no restart rules" });
      const policy = member(container.value, "restartPolicy");
      if (policy === undefined || container.sidecar) continue;
      report({
        path: container.at("restartPolicy"),
        value: policy,
        allowed: "nothing, or Always on an init container",
      });
    }
  },
};
