import fc from "fast-check";
import { expect, it } from "vitest";
import { applyApiDefaults } from "../../../shared/policy/api-defaults.ts";
import { completeSite } from "../../../shared/policy/defaults.ts";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import { defaultLimits } from "../../../shared/policy/limits.ts";
import { siteDefaultsSchema } from "../../../shared/site/site-defaults.ts";
import { siteManifests } from "../../../shared/site/site-manifests.ts";
import { parseSiteRequest } from "../../../shared/site/site-request.ts";

const identity = { siteName: "soap", namespace: "shops", owner: { database: "sites", document: "a" } };

/** The Deployment that the deployer makes of a request. */
function deploymentOf(document: object): unknown {
  const result = parseSiteRequest(document);
  if (!result.ok) throw new Error(result.reasons.join("; "));
  const { deployment } = siteManifests(identity, result.request, siteDefaultsSchema.parse({}), undefined);
  return JSON.parse(JSON.stringify(deployment));
}

const context = { operation: "CREATE", namespace: "shops", now: 0 } as const;

it("is within the default limits as the deployer makes it, with a volume and without", () => {
  for (const hosting of [{}, { storage: "1Gi", replicas: 2, env: { THEME: "dark" } }]) {
    const deployment = deploymentOf({ company: { name: "Soap" }, hosting });
    expect(evaluate(deployment, defaultLimits, context)).toMatchObject({ violations: [], warnings: [] });
  }
});

it("is left as it is by the mutating half, but for the number of old revisions", () => {
  const deployment = applyApiDefaults(deploymentOf({ company: { name: "Soap" } }));
  const paths = completeSite(deployment, undefined, defaultLimits).operations.map(({ path }) => path);
  expect(paths.filter((path) => path !== "/spec/revisionHistoryLimit")).toEqual([]);
});

it("is within the default limits whatever texts a sign-up holds", () => {
  fc.assert(
    fc.property(fc.string(), fc.dictionary(fc.string(), fc.string()), (title, more) => {
      const deployment = deploymentOf({
        ...more,
        hosting: undefined,
        company: { name: "Soap" },
        plans: [{ title }],
      });
      expect(evaluate(deployment, defaultLimits, context).violations).toEqual([]);
    }),
  );
});
