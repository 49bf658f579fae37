/**
 * The design document: what CouchDB itself runs. Its functions are ES5, for the JavaScript engine of CouchDB 3, and
 * know nothing but their arguments.
 */

export const designDocumentId = "_design/subscribie";
export const statusView = "_design/subscribie/_view/by-status";
export const queuedFilter = "subscribie/queued";

/** Grows with every change of the functions below: a newer deployer replaces an older one's, never the other way. */
const designVersion = 1;

/** As `effectiveStatus` in bookkeeping.ts; null for what is no site request. */
const statusFunction = `function statusOf(doc) {
  var d = doc.deployment;
  var known = { queued: 1, deploying: 1, deployed: 1, failed: 1, rejected: 1 };
  if (doc._id.charAt(0) === "_") return null;
  if (!d || typeof d !== "object" || known[d.status] !== 1) {
    var keys = ["company", "users", "plans", "hosting", "password", "login_token"];
    for (var i = 0; i < keys.length; i++) {
      if (Object.prototype.hasOwnProperty.call(doc, keys[i])) return "queued";
    }
    return null;
  }
  var changed = typeof d.revision === "number" && parseInt(doc._rev, 10) > d.revision && !d.deletedAt;
  return changed && d.status !== "deploying" ? "queued" : d.status;
}`;

/** Key: the status, and the time by which it is in order: when it was queued, or is due. Value: what \`queue list\` shows. */
const mapFunction = `function (doc) {
  ${statusFunction}
  var status = statusOf(doc);
  if (status === null) return;
  var d = (doc.deployment && typeof doc.deployment === "object") ? doc.deployment : {};
  var due = d.queuedAt || null;
  if (status === "deploying") due = d.claimExpiresAt || null;
  if (status === "failed") due = d.nextAttemptAt || null;
  emit([status, due], { site: d.site, attempts: d.attempts, error: d.error, queuedAt: d.queuedAt, claimedBy: d.claimedBy });
}`;

const filterFunction = `function (doc, req) {
  ${statusFunction}
  return !doc._deleted && statusOf(doc) === "queued";
}`;

/** Lets anybody submit and change a request, and only the deployer's role write its bookkeeping or remove it. */
function validateFunction(role: string): string {
  return `function (newDoc, oldDoc, userCtx, secObj) {
  var roles = userCtx.roles || [];
  if (roles.indexOf("_admin") !== -1 || roles.indexOf(${JSON.stringify(role)}) !== -1) return;
  function canonical(value) {
    if (value === null || typeof value !== "object") return JSON.stringify(value) || "undefined";
    if (Array.isArray(value)) {
      var items = [];
      for (var i = 0; i < value.length; i++) items.push(canonical(value[i]));
      return "[" + items.join(",") + "]";
    }
    var keys = Object.keys(value).sort(), members = [];
    for (var k = 0; k < keys.length; k++) members.push(JSON.stringify(keys[k]) + ":" + canonical(value[keys[k]]));
    return "{" + members.join(",") + "}";
  }
  var before = oldDoc && !oldDoc._deleted ? oldDoc.deployment : undefined;
  if (newDoc._deleted) {
    if (before !== undefined) throw { forbidden: "a request that the deployer has taken up cannot be removed" };
    return;
  }
  var after = newDoc.deployment;
  if (canonical(after) === canonical(before)) return;
  var isNew = before === undefined && after !== null && typeof after === "object";
  var keys = isNew ? Object.keys(after).sort().join() : "";
  if (isNew && after.status === "queued" && (keys === "queuedAt,status" || keys === "status")) return;
  throw { forbidden: "the field deployment is the deployer's own: leave it as it is" };
}`;
}

/** Who may write bookkeeping besides administrators, unless \`queue init\` was told otherwise. */
export const defaultDeployerRole = "subscribie-deployer";

interface DesignDocument {
  readonly _id: string;
  readonly version: number;
  readonly role: string;
  readonly language: "javascript";
  readonly views: Readonly<Record<string, { readonly map: string; readonly reduce: string }>>;
  readonly filters: Readonly<Record<string, string>>;
  readonly validate_doc_update: string;
}

/** @param role of the users who may write bookkeeping besides administrators */
export function designDocument(role: string): DesignDocument {
  return {
    _id: designDocumentId,
    version: designVersion,
    role,
    language: "javascript",
    views: { "by-status": { map: mapFunction, reduce: "_count" } },
    filters: { queued: filterFunction },
    validate_doc_update: validateFunction(role),
  };
}
