import type { FlagDefinitions } from "./command.ts";

/** Flags that several commands share. They mean what they mean in kubectl. */

export const fleetFlag = {
  fleet: {
    type: "string",
    valueHint: "NAME",
    description: "Fleet of the configuration file: its context, namespace and queue",
  },
} as const satisfies FlagDefinitions;

/** kubectl's own: which cluster, as whom, and how much is said of it. */
export const kubectlFlags = {
  namespace: { type: "string", alias: "n", valueHint: "NAME", description: "Namespace of the sites" },
  context: { type: "string", valueHint: "NAME", description: "Context of the kubeconfig to use" },
  kubeconfig: { type: "string", valueHint: "FILE", description: "Kubeconfig file to use" },
  cluster: { type: "string", valueHint: "NAME", description: "Cluster of the kubeconfig to use" },
  user: { type: "string", valueHint: "NAME", description: "User of the kubeconfig to use" },
  server: { type: "string", alias: "s", valueHint: "URL", description: "Address of the API server" },
  token: { type: "string", valueHint: "TOKEN", description: "Bearer token for the API server" },
  as: { type: "string", valueHint: "USER", description: "User to impersonate" },
  "as-group": {
    type: "string",
    multiple: true,
    valueHint: "GROUP",
    description: "Group to impersonate; repeatable",
  },
  "as-uid": { type: "string", valueHint: "UID", description: "UID to impersonate" },
  "certificate-authority": {
    type: "string",
    valueHint: "FILE",
    description: "Certificate authority of the API server",
  },
  "tls-server-name": {
    type: "string",
    valueHint: "NAME",
    description: "Server name to check the certificate against",
  },
  "insecure-skip-tls-verify": { type: "boolean", description: "Do not check the API server's certificate" },
  "request-timeout": {
    type: "string",
    valueHint: "DURATION",
    description: "Longest wait for one answer of the API server",
  },
  v: {
    type: "string",
    alias: "v",
    valueHint: "LEVEL",
    description: "Verbosity; 6 shows requests, 8 stacks of errors",
  },
} as const satisfies FlagDefinitions;

/** What every command about a cluster takes. */
export const connectionFlags = { ...fleetFlag, ...kubectlFlags } as const satisfies FlagDefinitions;

export const selectionFlags = {
  selector: {
    type: "string",
    alias: "l",
    valueHint: "SELECTOR",
    description: "Only sites whose labels match, besides subscribie=site",
  },
  "all-namespaces": { type: "boolean", alias: "A", description: "Sites of every namespace" },
} as const satisfies FlagDefinitions;

export const outputFlag = {
  output: {
    type: "enum",
    alias: "o",
    options: ["json", "yaml", "name", "wide"],
    valueHint: "FORMAT",
    description: "Format of the result: json, yaml, name or wide",
  },
} as const satisfies FlagDefinitions;

/** Of results that a person reads as they are, and a program as a document. */
export const documentFlag = {
  output: {
    type: "enum",
    alias: "o",
    options: ["json", "yaml"],
    valueHint: "FORMAT",
    description: "Format of the result: json or yaml",
  },
} as const satisfies FlagDefinitions;

/** Of results that are a document in any case. */
export const yamlDocumentFlag = {
  output: { ...documentFlag.output, default: "yaml" },
} as const satisfies FlagDefinitions;

export const dryRunFlag = {
  "dry-run": {
    type: "enum",
    options: ["none", "client", "server"],
    default: "none",
    valueHint: "MODE",
    description: "client: only show what would be done; server: have the API server check it too",
  },
} as const satisfies FlagDefinitions;

export const displayFlags = {
  quiet: { type: "boolean", alias: "q", description: "No progress, only the result and errors" },
  "no-color": { type: "boolean", description: "No colours, as with NO_COLOR" },
} as const satisfies FlagDefinitions;

export const helpFlag = {
  help: { type: "boolean", alias: "h", description: "Show this help" },
} as const satisfies FlagDefinitions;
