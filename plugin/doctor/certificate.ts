import type { X509Certificate } from "node:crypto";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { memberAt } from "../../shared/policy/json.ts";
import { isTrusted, readCertificates } from "./certificate-chain.ts";
import type { DoctorContext, Examination, Finding } from "./diagnosis.ts";
import { howToTrust, readWebhooks } from "./webhook-configuration.ts";
import type { CertificateMode, RegisteredWebhook } from "./webhook-configuration.ts";

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
    if (first.certificateSecret === undefined) {
      return {
        summary: "",
        findings: [],
        unknown: "the webhook configuration does not say where it is kept",
      };
    }
    const where = {
      namespace: service.namespace,
      secret: first.certificateSecret,
      mode: first.certificateMode,
    };
    const pem = await readServed(context, where);
    const chain = readCertificates(pem);
    const [leaf] = chain;
    if (leaf === undefined) return { summary: "", findings: [unreadable(where)] };
    const host = `${service.name}.${service.namespace}.svc`;
    return {
      summary: `of ${host}, valid until ${leaf.validToDate.toISOString().slice(0, 10)}`,
      findings: [
        ...judgeLeaf(leaf, host, context.io.now(), where),
        ...judgeTrust(chain, registered, context.io.now()),
      ],
    };
  },
};

/** The text of the certificates; empty if there is none, or no such Secret. */
async function readServed(
  { client, io }: DoctorContext,
  { namespace, secret }: CertificatePlace,
): Promise<string> {
  const path = resourcePath({ apiVersion: "v1", resource: "secrets", namespace, name: secret });
  try {
    const { body } = await client.request({ method: "GET", path, signal: io.signal });
    const text = memberAt(body, "data", "tls.crt");
    return typeof text === "string" ? Buffer.from(text, "base64").toString("utf8") : "";
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return "";
    throw error;
  }
}

/** The certificate that is served, and who renews it. */
interface CertificatePlace {
  readonly namespace: string;
  readonly secret: string;
  readonly mode: CertificateMode;
}

/** What to do about a certificate that is not as it should be, by who renews it. */
function howToRenew({ namespace, secret, mode }: CertificatePlace): string {
  switch (mode) {
    case "self":
      return `the webhook renews it 30 days ahead: the log of its pods says why it could not; to have it made anew, delete the Secret's tls.crt: kubectl patch secret -n ${namespace} ${secret} --type=merge -p '{"data":{"tls.crt":null,"tls.key":null}}'`;
    case "certManager":
      return `cert-manager renews it: kubectl describe certificates -n ${namespace} says why it did not`;
    case "secret":
      return `write a new certificate and key into the Secret; the webhook serves it within about a minute, without a restart`;
  }
}

function unreadable(place: CertificatePlace): Finding {
  return {
    message: `Secret ${place.namespace}/${place.secret} holds no certificate for the webhook in tls.crt, or is not there`,
    fix: howToRenew(place),
  };
}

function judgeLeaf(
  leaf: X509Certificate,
  host: string,
  now: number,
  place: CertificatePlace,
): readonly Finding[] {
  const findings: Finding[] = [];
  const days = (leaf.validToDate.getTime() - now) / dayMs;
  const name = `the webhook's certificate in Secret ${place.namespace}/${place.secret}`;
  if (days < soonDays) {
    findings.push({
      message: `${name} ${days < 0 ? "has expired" : `expires in ${Math.floor(days)} days`}`,
      fix: howToRenew(place),
    });
  }
  if (leaf.checkHost(host) === undefined) {
    findings.push({
      message: `${name} is not for ${host}, by which the API server calls it`,
      fix: `have it made for that name (a DNS name of the certificate, not its subject)`,
    });
  }
  return findings;
}

function judgeTrust(
  chain: readonly X509Certificate[],
  registered: readonly RegisteredWebhook[],
  now: number,
): readonly Finding[] {
  const distrusting = registered.filter(
    ({ authorities }) => !isTrusted(chain, readCertificates(authorities), now),
  );
  const [first] = distrusting;
  if (first === undefined) return [];
  const names = distrusting.map(({ name }) => name).join(", ");
  return [
    {
      message: `the authority that signed the webhook's certificate is not trusted: ${names}`,
      fix: howToTrust(first),
    },
  ];
}
