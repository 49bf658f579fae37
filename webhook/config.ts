import { parseArgs } from "node:util";
import { logLevels } from "./log.ts";

/** Wrong usage of the program: one line, exit code 2. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Where the serving certificate comes from. */
export type CertificateSource =
  | { readonly kind: "files"; readonly certificateFile: string; readonly privateKeyFile: string }
  | {
      readonly kind: "cluster";
      readonly namespace: string;
      readonly service: string;
      readonly secret: string;
      readonly webhookConfiguration: string;
      readonly extraNames: readonly string[];
      readonly kubeconfig: string | undefined;
    };

export interface Config {
  readonly port: number;
  readonly host: string | undefined;
  readonly certificate: CertificateSource;
  readonly limitsFile: string | undefined;
  readonly shutdownDelayMs: number;
  readonly gracePeriodMs: number;
  readonly logLevel: (typeof logLevels)[number];
}

const options = {
  help: { type: "boolean", short: "h" },
  port: { type: "string" },
  host: { type: "string" },
  "tls-cert-file": { type: "string" },
  "tls-private-key-file": { type: "string" },
  "limits-file": { type: "string" },
  namespace: { type: "string" },
  service: { type: "string" },
  "certificate-secret": { type: "string" },
  "webhook-configuration": { type: "string" },
  "dns-name": { type: "string", multiple: true },
  kubeconfig: { type: "string" },
  "shutdown-delay": { type: "string" },
  "grace-period": { type: "string" },
  "log-level": { type: "string" },
} as const;

export const usage = `Usage: subscribie-webhook --port N [flags]

Answers the API server's admission reviews: POST /mutate, POST /validate; GET /livez, /readyz, /metrics.

  --port N                       Port to listen on (8443)
  --host ADDRESS                 Address to listen on (all)
  --tls-cert-file FILE           Certificate, with the next one's file below; read again when it changes.
  --tls-private-key-file FILE      Without the two, a certificate is made, renewed and kept in the cluster
  --limits-file FILE             Limits for sites, as YAML; read again when it changes (built-in defaults)
  --namespace NAMESPACE          Of the Service and the Secret (POD_NAMESPACE, or subscribie-system)
  --service NAME                 Service that the API server calls (subscribie-webhook)
  --certificate-secret NAME      Secret with authority and certificate (subscribie-webhook-certificate)
  --webhook-configuration NAME   Name of both webhook configurations, whose caBundle is kept (subscribie)
  --dns-name NAME                Another name or address for the certificate; may be repeated
  --kubeconfig FILE              API server to keep the certificate at (the pod's own)
  --shutdown-delay SECONDS       Time to go on answering after SIGTERM (5)
  --grace-period SECONDS         Time after SIGTERM by which the program has ended (25)
  --log-level LEVEL              ${logLevels.join(", ")} (info)
`;

/**
 * The program's configuration, or undefined when only help was asked for.
 * @throws ConfigError
 */
export function parseConfig(
  argumentList: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Config | undefined {
  const values = parseFlags(argumentList);
  if (values.help === true) return undefined;
  const logLevel = logLevels.find((level) => level === (values["log-level"] ?? "info"));
  if (logLevel === undefined) throw new ConfigError(`--log-level has to be one of ${logLevels.join(", ")}`);
  return {
    port: wholeNumber("--port", values.port ?? "8443", 65_535),
    host: values.host,
    certificate: certificateSource(values, env),
    limitsFile: values["limits-file"],
    shutdownDelayMs: 1000 * wholeNumber("--shutdown-delay", values["shutdown-delay"] ?? "5", 3600),
    gracePeriodMs: 1000 * wholeNumber("--grace-period", values["grace-period"] ?? "25", 3600),
    logLevel,
  };
}

type Flags = ReturnType<typeof parseFlags>;

function parseFlags(argumentList: readonly string[]) {
  try {
    return parseArgs({ args: [...argumentList], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const [firstLine] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new ConfigError(`${firstLine}; --help shows the flags`, { cause: error });
  }
}

function certificateSource(
  values: Flags,
  env: Readonly<Record<string, string | undefined>>,
): CertificateSource {
  const certificateFile = values["tls-cert-file"];
  const privateKeyFile = values["tls-private-key-file"];
  if (certificateFile !== undefined && privateKeyFile !== undefined) {
    return { kind: "files", certificateFile, privateKeyFile };
  }
  if (certificateFile !== undefined || privateKeyFile !== undefined) {
    throw new ConfigError("--tls-cert-file and --tls-private-key-file go together; give both or neither");
  }
  return {
    kind: "cluster",
    namespace: values.namespace ?? env["POD_NAMESPACE"] ?? "subscribie-system",
    service: values.service ?? "subscribie-webhook",
    secret: values["certificate-secret"] ?? "subscribie-webhook-certificate",
    webhookConfiguration: values["webhook-configuration"] ?? "subscribie",
    extraNames: values["dns-name"] ?? [],
    kubeconfig: values.kubeconfig,
  };
}

function wholeNumber(flag: string, text: string, maximum: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= maximum) return value;
  throw new ConfigError(`${flag} has to be a whole number of at most ${maximum}`);
}
