import { readCertificates } from "./certificate-chain.ts";
import type { Examination, Finding } from "./diagnosis.ts";
import { howToTrust, readWebhooks } from "./webhook-configuration.ts";
import type { RegisteredWebhook } from "./webhook-configuration.ts";

const dayMs = 86_400_000;
const soonMs = 14 * dayMs;

/** Whether both webhook configurations are there, hold what they should, and trust an authority that is valid. */
export const webhooks: Examination = {
  check: "webhook configurations",
  async examine({ client, io }) {
    const found = await readWebhooks(client, io.signal);
    const missing = (["mutating", "validating"] as const).filter((half) =>
      found.every((webhook) => webhook.half !== half),
    );
    return {
      summary: found.map(({ name }) => name).join(", "),
      findings: [
        ...missing.map((half) => ({
          message: `no ${half} webhook of ours is registered: ${half === "validating" ? "nothing keeps sites within the limits" : "sites are not labelled or given safe defaults"}`,
          fix: "install the chart, or bring the configuration back with helm upgrade",
        })),
        ...problems.flatMap((problem) => {
          const having = found.filter((webhook) => problem.applies(webhook, io.now()));
          return Array.from(Map.groupBy(having, configurationOf).values(), (group) =>
            finding(problem, group),
          );
        }),
      ],
    };
  },
};

/** What can be wrong with an entry of a configuration. */
interface Problem {
  readonly applies: (webhook: RegisteredWebhook, now: number) => boolean;
  readonly what: string;
  readonly fix: (webhook: RegisteredWebhook) => string;
}

const problems: readonly Problem[] = [
  {
    applies: ({ half, failurePolicy }) => half === "validating" && failurePolicy !== "Fail",
    what: "every change passes while no webhook answers (failurePolicy Ignore)",
    fix: () => "helm upgrade with webhook.validating.failurePolicy=Fail once you trust it",
  },
  {
    applies: ({ authorities }) => authorities === "",
    what: "no authority is trusted (caBundle is empty), so the API server cannot call the webhook",
    fix: howToTrust,
  },
  {
    applies: ({ authorities }, now) => authorities !== "" && !(lastEnd(authorities) - now > soonMs),
    what: `no trusted authority is valid for ${soonMs / dayMs} more days`,
    fix: howToTrust,
  },
];

/** One finding for all entries of a configuration that have a problem. */
function finding({ what, fix }: Problem, group: readonly RegisteredWebhook[]): Finding {
  const [first] = group;
  return {
    message: `${what}: ${group.map(({ name }) => name).join(", ")}`,
    fix: first === undefined ? "" : fix(first),
  };
}

function configurationOf({ half, configuration }: RegisteredWebhook): string {
  return `${half}/${configuration}`;
}

/** When the last of a bundle's certificates ends, in milliseconds since 1970; minus infinity for none. */
function lastEnd(authorities: string): number {
  return Math.max(...readCertificates(authorities).map(({ validToDate }) => validToDate.getTime()));
}
