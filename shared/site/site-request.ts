import { createHash } from "node:crypto";
import * as z from "zod";
import { hostingSchema } from "./hosting.ts";
import type { Hosting } from "./hosting.ts";
import { findJsonExcess, isJsonObject, withoutKeys } from "./json-value.ts";
import type { JsonBounds, JsonObject } from "./json-value.ts";
import { printable } from "../text/printable.ts";

/** A payload is stored in one ConfigMap, which may hold 1 MiB in all. */
const requestBounds: JsonBounds = { depth: 32, values: 50_000, bytes: 512 * 1024 };

/** Reasons reported at once; a stranger's document could be wrong in a hundred thousand ways. */
const maximumReasons = 20;

/** The keys of a payload that are secret. */
export const secretKeys = ["password", "login_token"] as const;
type SecretKey = (typeof secretKeys)[number];

const secret = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => text.isWellFormed(), "must be valid Unicode");

/** What is checked of a payload. Everything else in it is data, kept as it is. */
export const siteRequestSchema = z
  .looseObject({
    company: z.looseObject({ name: z.string().max(1000) }),
    users: z.array(z.string().max(320)).max(1000).optional(),
    password: secret.optional(),
    login_token: secret.optional(),
    country_code: z.string().max(100).optional(),
    plans: z
      .array(
        z.looseObject({
          title: z.string().optional(),
          description: z.string().nullish(),
          interval_amount: z.number().nullish(),
          interval_unit: z.string().nullish(),
          sell_price: z.number().nullish(),
        }),
      )
      .max(2000)
      .optional(),
    hosting: hostingSchema.optional(),
  })
  .meta({
    title: "Site request",
    description: "The shop payload that a sign-up makes, and what it asks of the cluster",
  });

/** What a site is made from. */
export interface SiteRequest {
  readonly companyName: string;
  /** The shop payload as it came, without its secrets, `hosting` and what CouchDB and the deployer keep beside it. */
  readonly payload: JsonObject;
  readonly secrets: Readonly<Partial<Record<SecretKey, string>>>;
  readonly hosting: Hosting;
}

export type SiteRequestResult =
  | { readonly ok: true; readonly request: SiteRequest }
  | { readonly ok: false; readonly reasons: readonly [string, ...string[]] };

/** What a document holds beside the payload: CouchDB's members, ours, and what is asked of the cluster. */
const keysBeside: ReadonlySet<string> = new Set([
  "_id",
  "_rev",
  "_conflicts",
  "_deleted",
  "_deleted_conflicts",
  "_local_seq",
  "_revisions",
  "_revs_info",
  "deployment",
  "hosting",
]);

function isSecretKey(key: string): key is SecretKey {
  return secretKeys.some((secretKey) => secretKey === key);
}

/**
 * Whether a document is meant as a site request at all. What has none of a request's keys is somebody else's
 * document, and none of our business.
 */
export function looksLikeSiteRequest(document: unknown): boolean {
  return (
    isJsonObject(document) &&
    ["company", "users", "plans", "hosting", ...secretKeys].some((key) => Object.hasOwn(document, key))
  );
}

/**
 * Reads a site request from a stranger's JSON.
 *
 * @param document as parsed from JSON: the payload alone, or a CouchDB document
 * @returns the request, or every reason why it is none, each a line without any of the payload's text
 */
export function parseSiteRequest(document: unknown): SiteRequestResult {
  if (!isJsonObject(document)) return { ok: false, reasons: ["it is not a JSON object"] };
  const content = withoutKeys(document, (key) => keysBeside.has(key) && key !== "hosting");
  const excess = findJsonExcess(content, requestBounds);
  if (excess !== undefined) return { ok: false, reasons: [excess] };
  if (Object.hasOwn(content, "_attachments")) {
    return { ok: false, reasons: ["it has attachments, which a site request cannot have"] };
  }
  const parsed = siteRequestSchema.safeParse(content);
  if (!parsed.success) return { ok: false, reasons: reasonsOf(parsed.error) };
  if (hasPrototypeVariable(content)) {
    return { ok: false, reasons: ["hosting.env.__proto__: is not a name that a variable can have"] };
  }
  const { company, hosting = {} } = parsed.data;
  return {
    ok: true,
    request: {
      companyName: company.name,
      payload: withoutKeys(document, (key) => keysBeside.has(key) || isSecretKey(key)),
      secrets: secretsOf(parsed.data),
      hosting,
    },
  };
}

/** The schema's library skips a key of this name where keys are free, and silence would lose a variable. */
function hasPrototypeVariable(content: JsonObject): boolean {
  const { hosting } = content;
  return isJsonObject(hosting) && isJsonObject(hosting["env"]) && Object.hasOwn(hosting["env"], "__proto__");
}

function secretsOf(payload: z.infer<typeof siteRequestSchema>): SiteRequest["secrets"] {
  return {
    ...(payload.password === undefined ? {} : { password: payload.password }),
    ...(payload.login_token === undefined ? {} : { login_token: payload.login_token }),
  };
}

function reasonsOf(error: z.ZodError): readonly [string, ...string[]] {
  const reasons = error.issues.map(({ path, message }) =>
    printable(`${fieldPath(path)}: ${message.endsWith("received undefined") ? "is missing" : message}`),
  );
  const [first = "it is not a site request", ...others] = reasons;
  if (others.length < maximumReasons) return [first, ...others];
  const left = others.length + 1 - maximumReasons;
  return [first, ...others.slice(0, maximumReasons - 1), `and ${left} more`];
}

/** `plans[0].title`, as API servers write field paths. Strangers' keys are quoted and cut. */
function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((before, part) => {
    if (typeof part === "number") return `${before}[${part}]`;
    const key = String(part);
    const name = /^\w{1,64}$/.test(key) ? key : JSON.stringify(key.slice(0, 64));
    return before === "" ? name : `${before}.${name}`;
  }, "");
}

/** A digest of everything in a document that its site is made from, but for its secrets. */
export function requestDigest(request: SiteRequest): string {
  const content = JSON.stringify([request.payload, request.hosting]);
  return createHash("sha256").update(content).digest("hex");
}
