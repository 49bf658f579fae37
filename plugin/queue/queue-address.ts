import { printable } from "../../shared/text/printable.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";

/** Where the queue is. The credentials are apart, so that the address can be shown. */
export interface QueueAddress {
  /** Of the CouchDB server, without credentials and final slash. */
  readonly serverUrl: string;
  readonly database: string;
  readonly credentials: QueueCredentials | undefined;
}

interface QueueCredentials {
  readonly user: string;
  readonly password: string;
}

const variable = "SUBSCRIBIE_COUCHDB_URL";
const defaultDatabase = "subscribie";

/** https://docs.couchdb.org/en/stable/api/database/common.html#put--db; its length: `max_database_name_length` */
const databasePattern = /^[a-z][a-z0-9_$()+/-]{0,237}$/;

/**
 * Finds the queue: the flag, else the environment. Credentials come from the environment only, since a command line
 * can be read by every process of the machine: a flag without them takes those that the variable holds for the same
 * server.
 *
 * @param flag `--couchdb-url`
 */
export function resolveQueueAddress(flag: string | undefined, env: Io["env"]): QueueAddress {
  const fromEnvironment = env[variable] ? parse(env[variable], variable) : undefined;
  if (flag === undefined) {
    if (fromEnvironment !== undefined) return fromEnvironment;
    throw new UsageError(
      `no queue: set ${variable} to its address, such as http://user:password@couchdb:5984/${defaultDatabase}`,
    );
  }
  const fromFlag = parse(flag, "--couchdb-url");
  if (fromFlag.credentials !== undefined) {
    throw new UsageError(
      `--couchdb-url must not hold credentials, which others could read there; set ${variable}`,
    );
  }
  const sameServer = fromEnvironment?.serverUrl === fromFlag.serverUrl;
  return { ...fromFlag, credentials: sameServer ? fromEnvironment.credentials : undefined };
}

/** Otherwise `http://user:12/34@host` is the host `user`, and the rest of the password a path. */
const escapingHint =
  "in a user or a password, / is written %2F, ? is %3F, # is %23, @ is %40, : is %3A and % is %25";

/** @param source what to name in an error; the text itself may hold a password, and is never shown */
function parse(text: string, source: string): QueueAddress {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new UsageError(`${source} is not an http:// or https:// URL; ${escapingHint}`);
  }
  const behindHost = url.pathname + url.search + url.hash;
  if (/[?#@]/.test(behindHost)) {
    throw new UsageError(`${source} has a ?, # or @ behind its host; ${escapingHint}`);
  }
  const segments = url.pathname.split("/").filter((segment) => segment !== "");
  const database = decodeComponent(segments.pop() ?? defaultDatabase, source);
  if (!databasePattern.test(database)) {
    throw new UsageError(
      `${source} names a database that CouchDB would refuse: '${printable(database, 60)}'`,
    );
  }
  return {
    serverUrl: [url.origin, ...segments].join("/"),
    database,
    credentials:
      url.username === ""
        ? undefined
        : { user: decodeComponent(url.username, source), password: decodeComponent(url.password, source) },
  };
}

function decodeComponent(text: string, source: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError(`${source} has a % that is not followed by two hexadecimal digits`);
  }
}

/** The address as it may be shown, and used again: without credentials. */
export function showQueueAddress({ serverUrl, database }: QueueAddress): string {
  return `${serverUrl}/${encodeURIComponent(database)}`;
}
