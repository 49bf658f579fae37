import { isSiteName } from "../../site/site-name.ts";
import type { SiteCheck } from "../check.ts";
import { member } from "../json.ts";

export const siteName: SiteCheck = {
  id: "site-name",
  title: "Site name",
  what: "A site's Deployment has a name of its own that can be a site's name; no generateName.",
  why: "The name is the site's identity, unique by the API. A generated one is not known before the object exists, so nothing could be checked against it.",
  source: "RFC 1035 labels; kubernetes/kubernetes#46107 (generateName and admission)",
  mode: "deny",
  scope: "site",
  limit: () => "a DNS label of at most 63 characters, beginning with a letter",
  find(report, { metadata }) {
    const generateName = member(metadata.value, "generateName");
    const name = member(metadata.value, "name");
    if (generateName !== undefined && generateName !== "") {
      report({
        path: metadata.at("generateName"),
        value: generateName,
        allowed: "nothing: a site has a name",
      });
    } else if (typeof name !== "string" || !isSiteName(name)) {
      report({
        path: metadata.at("name"),
        value: name,
        allowed: "lower-case letters, digits and -, beginning with a letter, at most 63 characters",
      });
    }
  },
};
