import { z } from "zod";
import { CommandError } from "../errors.ts";
import type { CouchdbRequest } from "./couchdb-client.ts";
import { defaultDeployerRole, designDocument, designDocumentId } from "./design-document.ts";
import { QueueError } from "./queue-error.ts";

/** Makes a database a queue. */
export interface QueueSetup {
  /** Creates the database and installs the design document for a role, whatever is there. Wants an administrator. */
  init(role: string): Promise<void>;
  /** Makes sure that the queue can be used: on first use, or by a newer deployer, it is set up. */
  prepare(): Promise<void>;
}

const designSchema = z.object({
  _rev: z.string(),
  version: z.number().catch(0),
  role: z.string().catch(defaultDeployerRole),
});
const membersSchema = z.looseObject({
  names: z.array(z.string()).optional(),
  roles: z.array(z.string()).optional(),
});
const securitySchema = z.looseObject({ members: membersSchema.optional() });

/**
 * @param ask sends a request to the queue's database
 * @param where the queue's address, for people
 */
export function createQueueSetup(
  ask: (request: CouchdbRequest) => Promise<unknown>,
  where: string,
): QueueSetup {
  /** Creates the database if it is not there; another program may do so at the same moment. */
  async function createDatabase(): Promise<void> {
    try {
      await ask({ method: "PUT", path: "" });
    } catch (error) {
      if (!(error instanceof QueueError && error.status === 412)) throw error;
    }
  }

  async function readDesign(): Promise<z.infer<typeof designSchema> | "no design document" | "no database"> {
    try {
      return designSchema.parse(await ask({ method: "GET", path: designDocumentId }));
    } catch (error) {
      if (!(error instanceof QueueError && error.status === 404)) throw error;
      return (await databaseExists()) ? "no design document" : "no database";
    }
  }

  async function databaseExists(): Promise<boolean> {
    try {
      await ask({ method: "GET", path: "" });
      return true;
    } catch (error) {
      if (error instanceof QueueError && error.status === 404) return false;
      throw error;
    }
  }

  /** Installs the design document; one that somebody else installed meanwhile does as well. */
  async function putDesign(role: string, rev: string | undefined): Promise<void> {
    const body = { ...designDocument(role), ...(rev === undefined ? {} : { _rev: rev }) };
    try {
      await ask({ method: "PUT", path: designDocumentId, body });
    } catch (error) {
      if (!(error instanceof QueueError && error.status === 409)) throw error;
    }
  }

  /** CouchDB 3 makes databases that only administrators may use; a database without members is everybody's. */
  async function admitRole(role: string): Promise<void> {
    const security = securitySchema.parse(await ask({ method: "GET", path: "_security" }));
    const { names = [], roles = [] } = security.members ?? {};
    if (names.length + roles.length === 0 || roles.includes(role)) return;
    const members = { ...security.members, names, roles: [...roles, role] };
    await ask({ method: "PUT", path: "_security", body: { ...security, members } });
  }

  return {
    async init(role) {
      const design = await readDesign();
      if (design === "no database") await createDatabase();
      await putDesign(role, typeof design === "string" ? undefined : design._rev);
      await admitRole(role);
    },

    async prepare() {
      const design = await readDesign();
      const isCurrent =
        typeof design !== "string" && design.version >= designDocument(defaultDeployerRole).version;
      if (isCurrent) return;
      try {
        if (design === "no database") await createDatabase();
        const { role, _rev } =
          typeof design === "string" ? { role: defaultDeployerRole, _rev: undefined } : design;
        await putDesign(role, _rev);
      } catch (error) {
        if (!(error instanceof QueueError && (error.status === 401 || error.status === 403))) throw error;
        throw new CommandError(
          `the queue ${where} is not set up for this version, and you may not do it; have its administrator run kubectl subscribie queue init`,
        );
      }
    },
  };
}
