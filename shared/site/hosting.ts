import * as z from "zod";

/**
 * What a site request may ask of the cluster: a closed list. These are the only texts of a request that reach a
 * manifest's fields; here they get their form, and the policy decides whether they are within the operator's limits.
 */

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ without signs and exponents */
const quantity = z
  .string()
  .max(20)
  .regex(
    /^\d{1,15}(?:\.\d{1,9})?(?:m|k|M|G|T|Ki|Mi|Gi|Ti)?$/,
    "must be a quantity such as 250m, 1.5 or 512Mi",
  );

const resourceList = z.strictObject({
  cpu: quantity.optional(),
  memory: quantity.optional(),
  "ephemeral-storage": quantity.optional(),
});

/** A tag or a digest, as in https://github.com/distribution/reference (the grammar of image references). */
const version = z
  .string()
  .max(135)
  .regex(/^(?:\w[\w.-]{0,127}|@?sha256:[a-f0-9]{64})$/, "must be an image tag, or a digest (sha256:…)");

/** As a quantity, but of whole bytes, and some. */
const storageSize = z
  .string()
  .max(20)
  .regex(
    /^(?=.*[1-9])\d{1,15}(?:\.\d{1,9})?(?:k|M|G|T|Ki|Mi|Gi|Ti)?$/,
    "must be a size such as 500Mi or 2Gi",
  );

/** A process cannot be given a NUL: the container would never start. */
const environmentValue = z
  .string()
  .max(4096)
  // oxlint-disable-next-line no-control-regex -- it is what must not be there
  .regex(/^[^\u0000]*$/, "must not hold a NUL character");

const environmentName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z_]\w*$/, "must be letters, digits and underscores, not starting with a digit");

/** A DNS name of two labels or more in lower case; no wildcard, no address, no final dot (RFC 1123, section 2.1). */
const hostname = z
  .string()
  .max(200)
  .regex(
    /^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be a host name in lower case, such as shop.example.com, with other letters in their xn-- form",
  );

const uniqueHostnames = z
  .array(hostname)
  .max(10)
  .refine((hostnames) => new Set(hostnames).size === hostnames.length, "must not name a host twice");

export const hostingSchema = z
  .strictObject({
    version: version.optional().describe("Tag or digest of the image; the operator's default if absent"),
    replicas: z.int().min(0).max(1000).optional().describe("Pods, set when the site is created"),
    resources: z
      .strictObject({ requests: resourceList.optional(), limits: resourceList.optional() })
      .optional()
      .describe("Replaces the operator's default resource by resource"),
    env: z
      .record(environmentName, environmentValue)
      .refine((env) => Object.keys(env).length <= 50, "must hold at most 50 variables")
      .optional()
      .describe("Environment variables, as they are: $(NAME) is not expanded"),
    hostnames: uniqueHostnames.optional().describe("The shop's own host names, beside the one that it gets"),
    storage: storageSize.optional().describe("Size of the persistent volume"),
  })
  .meta({ title: "Hosting", description: "What a site request may ask of the cluster" });

export type Hosting = z.infer<typeof hostingSchema>;
