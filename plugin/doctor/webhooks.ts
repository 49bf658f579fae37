import { X509Certificate } from "node:crypto";
import type { Examination, Finding } from "./diagnosis.ts";
import { readWebhooks } from "./webhook-configuration.ts";
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
        ...found.flatMap((webhook) => judge(webhook, io.now())),
      ],
    };
  },
};

function judge(webhook: RegisteredWebhook, now: number): readonly Finding[] {
  const { half, name, configuration, failurePolicy, authorities } = webhook;
  const findings: Finding[] = [];
  if (half === "validating" && failurePolicy !== "Fail") {
    findings.push({
      message: `${name} lets every change pass while no webhook answers (failurePolicy ${failurePolicy})`,
      fix: "helm upgrade with webhook.validating.failurePolicy=Fail once you trust it",
    });
  }
  if (authorities === "") {
    findings.push({
      message: `${name} trusts no authority (its caBundle is empty), so the API server cannot call it`,
      fix: `see why the webhook did not write it, in its pods' log, or set caBundle of ${half}webhookconfiguration/${configuration}`,
    });
    return findings;
  }
  const ends = authorityEnds(authorities);
  const last = ends.length === 0 ? Number.NaN : Math.max(...ends);
  if (!(last - now > soonMs)) {
    findings.push({
      message: `${name} trusts no authority that is valid for ${soonMs / dayMs} more days`,
      fix: "renew it: restart the webhook with certificates of its own, else renew it where it is made",
    });
  }
  return findings;
}

/** When each certificate of a bundle ends, in milliseconds since 1970. Those that cannot be read are left out. */
function authorityEnds(bundle: string): readonly number[] {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block).validToDate.getTime()];
    } catch {
      return [];
    }
  });
}
