import { longestError, longestTime } from "./bookkeeping.ts";

/**
 * The design document: what CouchDB itself runs. Its functions are ES5, for the JavaScript engine of CouchDB 3, and
 * know nothing but their arguments.
 */

export const designDocumentId = "_design/subscribie";
export const statusView = "_design/subscribie/_view/by-status";
export const queuedFilter = "subscribie/queued";

/** Grows with every change of the functions below: a newer deployer replaces an older one's, never the other way. */
const designVersion = 2;

/** As `effectiveStatus` in bookkeeping.ts; null for what is no site request. */
const statusFunction = `function statusOf(doc) {
  var d = doc.deployment;
  var known = { queued: 1, deploying: 1, deployed: 1, failed: 1, rejected: 1 };
  if (doc._id.charAt(0) === "_") return null;
  if (!d || typeof d !== "object" || typeof d.status !== "string" || known[d.status] !== 1) {
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
  function text(value, length) {
    return typeof value === "string" && value.length <= length ? value : null;
  }
  function time(value) {
    return text(value, ${longestTime}) !== null && /^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$/.test(value) ? value : null;
  }
  var due = d.queuedAt;
  if (status === "deploying") due = d.claimExpiresAt;
  if (status === "failed") due = d.nextAttemptAt;
  emit([status, time(due)], {
    site: text(d.site, 100),
    attempts: typeof d.attempts === "number" ? d.attempts : null,
    error: text(d.error, ${longestError}),
    queuedAt: time(d.queuedAt),
    claimedBy: text(d.claimedBy, 200)
  });
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
  function isObject(value) {
    return value !== null && typeof value === "object";
  }
  function keysOf(value) {
    return isObject(value) ? Object.keys(value).sort().join() : "";
  }
  function isTime(value) {
    return typeof value === "string" && value.length <= ${longestTime};
  }
  /** What a submission may say: that it is queued, and since when. */
  function isSubmission(value) {
    if (!isObject(value) || value.status !== "queued") return false;
    return keysOf(value) === "status" || (keysOf(value) === "queuedAt,status" && isTime(value.queuedAt));
  }
  function isSame(one, other) {
    if (one === other) return true;
    if (!isObject(one) || !isObject(other) || keysOf(one) !== keysOf(other)) return false;
    for (var key in one) {
      if (one[key] === other[key]) continue;
      if (!isObject(one[key]) || JSON.stringify(one[key]) !== JSON.stringify(other[key])) return false;
    }
    return true;
  }
  var before = oldDoc && !oldDoc._deleted ? oldDoc.deployment : undefined;
  if (newDoc._deleted) {
    if (before === undefined || isSubmission(before)) return;
    throw { forbidden: "a request that the deployer has taken up cannot be removed" };
  }
  var after = newDoc.deployment;
  if (isSame(after, before) || (before === undefined && isSubmission(after))) return;
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
  readonly options: { readonly partitioned: boolean };
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
    // In a partitioned database, views are of one partition each unless they say otherwise.
    options: { partitioned: false },
    views: { "by-status": { map: mapFunction, reduce: "_count" } },
    filters: { queued: filterFunction },
    validate_doc_update: validateFunction(role),
  };
}
