import { createHash } from "node:crypto";

/** Where a site request came from; whoever claims a site name first, owns it. */
export interface SiteOwner {
  readonly database: string;
  readonly document: string;
}

/** The database of sites that were made from files, without a queue: no database of CouchDB can have this name. */
export const filesDatabase = "(files)";

/**
 * A digest of the owner, for an annotation: a document's id is a stranger's text, which belongs into data values only.
 * 32 hexadecimal digits.
 */
export function ownerDigest(owner: SiteOwner): string {
  return createHash("sha256")
    .update(JSON.stringify([owner.database, owner.document]))
    .digest("hex")
    .slice(0, 32);
}
