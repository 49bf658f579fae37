import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";

import * as z from "zod";

const auditEvent = z.object({
  auditID: z.string(),
  verb: z.string(),
  requestURI: z.string(),
  userAgent: z.string().default(""),
  user: z.object({ username: z.string().default("") }),
  objectRef: z
    .object({
      apiGroup: z.string().default(""),
      resource: z.string().default(""),
      namespace: z.string().default(""),
      name: z.string().default(""),
      subresource: z.string().default(""),
    })
    .prefault({}),
  /** Both to the microsecond (RFC 3339): when the request came, and when it had been answered. */
  requestReceivedTimestamp: z.string(),
  stageTimestamp: z.string(),
  /** What admission has noted: `<webhook>/<key>`. */
  annotations: z.record(z.string(), z.string()).default({}),
  responseStatus: z.object({ code: z.number().default(0) }).prefault({}),
});

/** One request that the API server has answered, or, for a watch, begun to answer. */
export type AuditedRequest = z.infer<typeof auditEvent>;

export interface AuditSelection {
  /** What the User-Agent header starts with: `kubectl-subscribie/`. */
  userAgent: string;
  /** Only requests after this place, from {@link endOfAuditLog}. */
  from?: number;
}

/** The place where the log ends now, in bytes: read from there, it holds only what is asked afterwards. */
export async function endOfAuditLog(file: string): Promise<number> {
  return (await stat(file)).size;
}

/**
 * The requests of one user agent, in order, each once (a watch is in the log when it begins and when it ends).
 *
 * The API server writes a line after it has answered, so a request of this very moment may not be in it yet. The
 * control plane's own components are never in it: see audit-policy.yaml.
 */
export async function readAuditLog(file: string, selection: AuditSelection): Promise<AuditedRequest[]> {
  const requests = new Map<string, AuditedRequest>();
  for await (const line of createInterface({
    input: createReadStream(file, { start: selection.from ?? 0 }),
  })) {
    const event = parseLine(line);
    if (event?.userAgent.startsWith(selection.userAgent)) {
      requests.set(event.auditID, event);
    }
  }
  return [...requests.values()];
}

/** @returns undefined for a line that the API server has not finished writing. */
function parseLine(line: string): AuditedRequest | undefined {
  try {
    return auditEvent.parse(JSON.parse(line));
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
