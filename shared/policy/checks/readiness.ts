import { siteContainer } from "../../site/site-labels.ts";
import type { SiteCheck } from "../check.ts";
import { member, stringMember } from "../json.ts";
import { locatedMember } from "../located.ts";

export const readiness: SiteCheck = {
  id: "readiness",
  title: "Readiness and farewell",
  what: "The site's container has a readiness probe and a preStop hook.",
  why: "Without them, requests fail at each rolling update: new pods get traffic too early, old ones too late.",
  source: "Kubernetes documentation: Pod Lifecycle (termination), Configure Probes",
  mode: "warn",
  scope: "site",
  limit: () => "readinessProbe, lifecycle.preStop",
  find(report, { pod }) {
    for (const container of pod?.containers ?? []) {
      if (container.list !== "containers" || stringMember(container.value, "name") !== siteContainer)
        continue;
      if (member(container.value, "readinessProbe") === undefined) {
        report({
          path: container.at("readinessProbe"),
          value: undefined,
          allowed: "a readiness probe",
        });
      }
      const lifecycle = locatedMember(container, "lifecycle");
      if (member(lifecycle.value, "preStop") === undefined) {
        report({ path: lifecycle.at("preStop"), value: undefined, allowed: "a preStop hook" });
      }
    }
  },
};
