import * as z from "zod";
import { ApiError } from "../../shared/cluster/api-error.ts";
import { resourcePath } from "../../shared/cluster/resource-path.ts";
import { printable } from "../../shared/text/printable.ts";
import { connect, type ConnectionFlagValues } from "../connect.ts";
import { CommandError } from "../errors.ts";
import type { Io } from "../io.ts";
import type { Fleet } from "./configuration-file.ts";

const secretSchema = z.object({ data: z.record(z.string(), z.string()).nullish() });

/** Reads the queue's address, which holds its credentials, from the Secret that a fleet names. */
export async function readQueueSecret(
  secret: NonNullable<Fleet["couchdb"]>["secret"],
  flags: ConnectionFlagValues,
  io: Io,
): Promise<string> {
  const client = connect(flags, io);
  const { name, key, namespace = client.namespace } = secret;
  const shown = printable(`${namespace}/${name}`, 200);
  try {
    const path = resourcePath({ apiVersion: "v1", resource: "secrets", namespace, name });
    const { body } = await client.request({ method: "GET", path, signal: io.signal });
    const value = secretSchema.parse(body).data?.[key];
    if (value !== undefined) return Buffer.from(value, "base64").toString("utf8").trim();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    throw new CommandError(
      `no Secret ${shown}, where the configuration says that the queue's address is; name another, or set SUBSCRIBIE_COUCHDB_URL`,
      { cause: error },
    );
  } finally {
    client.close();
  }
  throw new CommandError(
    `the Secret ${shown} has no key '${printable(key, 60)}'; see the fleet's couchdb.secret.key`,
  );
}
