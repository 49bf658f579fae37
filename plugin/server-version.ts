import * as z from "zod";
import type { ApiClient } from "../shared/cluster/api-client.ts";

const serverVersionSchema = z.object({ gitVersion: z.string() });

/** The API server's version, such as `v1.37.2`. */
export async function readServerVersion(client: ApiClient, signal: AbortSignal): Promise<string> {
  const { body } = await client.request({ method: "GET", path: "/version", signal });
  return serverVersionSchema.parse(body).gitVersion;
}
