import { X509Certificate } from "node:crypto";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { memberAt } from "../../shared/policy/json.ts";
import type { DoctorContext, Examination, Finding } from "./diagnosis.ts";
import { readWebhooks } from "./webhook-configuration.ts";
import type { RegisteredWebhook } from "./webhook-configuration.ts";

const dayMs = 86_400_000;
const soonDays = 14;

/** Whether the certificate that the webhook serves is valid, for its name, and from an authority that is trusted. */
export const certificate: Examination = {
  check: "webhook certificate",
  async examine(context) {
    const registered = (await readWebhooks(context.client, context.io.signal)).filter(
      ({ service, authorities }) => service !== undefined && authorities !== "",
    );
    const [first] = registered;
    const { service } = first ?? {};
    if (first === undefined || service === undefined)
      return { summary: "no webhook trusts one yet", findings: [] };
    const secret = `${service.name}-certificate`;
    const pem = await readLeaf(context, service.namespace, secret);
    if (pem === undefined) {
      return {
        summary: "",
        findings: [],
        unknown: `no Secret ${service.namespace}/${secret}: the certificate is kept elsewhere`,
      };
    }
    const leaf = new X509Certificate(pem);
    const host = `${service.name}.${service.namespace}.svc`;
    return {
      summary: `of ${host}, valid until ${leaf.validToDate.toISOString().slice(0, 10)}`,
      findings: [
        ...judgeLeaf(leaf, host, context.io.now(), `${service.namespace}/${secret}`),
        ...registered.flatMap((webhook) => judgeTrust(leaf, webhook)),
      ],
    };
  },
};

/** Undefined if there is no such Secret. */
async function readLeaf(
  { client, io }: DoctorContext,
  namespace: string,
  name: string,
): Promise<string | undefined> {
  const path = resourcePath({ apiVersion: "v1", resource: "secrets", namespace, name });
  try {
    const { body } = await client.request({ method: "GET", path, signal: io.signal });
    const text = memberAt(body, "data", "tls.crt");
    return typeof text === "string" ? Buffer.from(text, "base64").toString("utf8") : undefined;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function judgeLeaf(leaf: X509Certificate, host: string, now: number, secret: string): readonly Finding[] {
  const findings: Finding[] = [];
  const days = (leaf.validToDate.getTime() - now) / dayMs;
  if (days < soonDays) {
    findings.push({
      message: `the webhook's certificate in Secret ${secret} ${days < 0 ? "has expired" : `expires in ${Math.floor(days)} days`}`,
      fix: "it renews itself 30 days ahead: the log of the webhook's pods says why it could not",
    });
  }
  if (leaf.checkHost(host) === undefined) {
    findings.push({
      message: `the webhook's certificate in Secret ${secret} is not for ${host}, by which the API server calls it`,
      fix: "have it made for that name",
    });
  }
  return findings;
}

function judgeTrust(
  leaf: X509Certificate,
  { name, half, configuration, authorities }: RegisteredWebhook,
): readonly Finding[] {
  const blocks = authorities.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const isTrusted = blocks.some((block) => {
    const authority = new X509Certificate(block);
    return leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
  });
  if (isTrusted) return [];
  return [
    {
      message: `${name} does not trust the authority that signed the webhook's certificate`,
      fix: `the webhook writes it within a minute if it runs; else set caBundle of ${half}webhookconfiguration/${configuration}`,
    },
  ];
}
