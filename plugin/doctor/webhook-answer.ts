import { ApiError } from "../../shared/cluster/api-error.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { siteLabels, siteNameLabel } from "../../shared/site/site-labels.ts";
import type { Examination, Finding } from "./diagnosis.ts";

const probeName = "subscribie-doctor";

/**
 * Whether the webhook answers the API server, which alone can tell: the dry run of a Deployment that it has to refuse.
 * Nothing is created.
 */
export const webhookAnswer: Examination = {
  check: "webhook answers",
  async examine({ client, io }) {
    const { namespace } = client;
    try {
      await client.request({
        method: "POST",
        path: resourcePath({ apiVersion: "apps/v1", resource: "deployments", namespace }),
        query: { dryRun: "All" },
        body: wrongSite(),
        signal: io.signal,
      });
    } catch (error) {
      // A webhook's no is a 403 too, and says so.
      if (!(error instanceof ApiError) || !/admission webhook|calling webhook/.test(error.message))
        throw error;
      return { summary: `it refuses a wrong site in namespace ${namespace}`, findings: judgeRefusal(error) };
    }
    return {
      summary: "",
      findings: [
        {
          message: `a site with another site's label would be let in, in namespace ${namespace}`,
          fix: "see the findings about webhook configurations; kubectl subscribie audit names what came in meanwhile",
        },
      ],
    };
  },
};

/** A site that carries another one's name: refused under any limits. */
function wrongSite(): object {
  const labels = siteLabels(probeName);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: probeName, labels: { ...labels, [siteNameLabel]: "another-site" } },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "subscribie", image: "ghcr.io/subscribie/subscribie:v0.10" }] },
      },
    },
  };
}

function judgeRefusal(error: ApiError): readonly Finding[] {
  if (error.message.includes("site-labels")) return [];
  if (error.message.includes("calling webhook")) {
    return [
      {
        message: `the API server cannot reach the webhook, and refuses every change of a site: ${error.message}`,
        fix: "see its pods and its Service (kubectl get pods,endpointslices -n subscribie-system), and whether a firewall lets the API server reach its port; until then, the emergency command is in the chart's README",
      },
    ];
  }
  return [
    {
      message: `another webhook has the first word about sites: ${error.message}`,
      fix: "see whether it is meant to judge sites",
    },
  ];
}
