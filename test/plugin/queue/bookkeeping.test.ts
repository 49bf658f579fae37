import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  claimed,
  deleted,
  deployed,
  effectiveStatus,
  failed,
  isDue,
  readQueueDocument,
  rejected,
  released,
  requeued,
  statuses,
} from "../../../plugin/queue/bookkeeping.ts";
import type { QueueDocument, StoredDocument } from "../../../plugin/queue/bookkeeping.ts";
import { designDocument } from "../../../plugin/queue/design-document.ts";
import { looksLikeSiteRequest } from "../../../shared/site/site-request.ts";

const now = Date.parse("2030-01-01T00:00:00Z");

function stored(body: object, revision = 1): StoredDocument {
  return { ...body, _id: "a", _rev: `${revision}-abc` };
}

/** What a write makes of a document: CouchDB gives it the next revision. */
function written(next: StoredDocument): QueueDocument {
  return readQueueDocument({ ...next, _rev: `${Number.parseInt(next._rev, 10) + 1}-abc` });
}

/** The same, and then somebody else writes it. */
function changed(next: StoredDocument): QueueDocument {
  return readQueueDocument({ ...next, _rev: `${Number.parseInt(next._rev, 10) + 2}-abc` });
}

const fresh = readQueueDocument(stored({ company: { name: "Soap" }, password: "pw" }));
const inProgress = written(claimed(fresh, "me", now));
const site = { site: "soap", url: "http://soap", digest: "d" };

describe("a document", () => {
  it("is due when nobody has touched it, or somebody changed it after the deployer", () => {
    expect(isDue(fresh, now, false)).toBe(true);
    for (const next of [
      deployed(inProgress, site, now),
      rejected(inProgress, ["no"]),
      failed(inProgress, "soap", "no", now),
    ]) {
      expect(isDue(changed(next), now, false)).toBe(true);
    }
  });

  it("is not due once it is deployed or rejected", () => {
    expect(isDue(written(deployed(inProgress, site, now)), now, true)).toBe(false);
    expect(isDue(written(rejected(inProgress, ["no"])), now, true)).toBe(false);
  });

  it("is due again when its claim expires, and not before, even if it was changed", () => {
    expect(isDue(inProgress, now + 29_999, true)).toBe(false);
    expect(isDue(changed(claimed(fresh, "me", now)), now + 29_999, true)).toBe(false);
    expect(isDue(inProgress, now + 30_000, false)).toBe(true);
  });

  it("is due again a while after it failed, or at once when the pause does not count", () => {
    const document = written(failed(inProgress, "soap", "no luck", now));
    expect(isDue(document, now + 4_999, false)).toBe(false);
    expect(isDue(document, now + 4_999, true)).toBe(true);
    expect(isDue(document, now + 5_000, false)).toBe(true);
  });

  it("is tried again after ten minutes at the most, however often it failed", () => {
    let document = fresh;
    for (let attempt = 0; attempt < 40; attempt += 1) {
      document = written(failed(written(claimed(document, "me", now)), "soap", "no luck", now));
    }
    expect(document.deployment).toMatchObject({ attempts: 40 });
    expect(isDue(document, now + 599_999, false)).toBe(false);
    expect(isDue(document, now + 600_000, false)).toBe(true);
  });

  it("is due again at once when it was given back or retried", () => {
    expect(isDue(written(released(inProgress)), now, false)).toBe(true);
    expect(isDue(written(requeued(written(rejected(inProgress, ["no"])), now)), now, false)).toBe(true);
  });

  it("is not due after its site was deleted, even if its author changes it, until a person retries it", () => {
    const next = deleted(written(deployed(inProgress, site, now)), now);
    expect(isDue(changed(next), now, true)).toBe(false);
    expect(isDue(written(requeued(written(next), now)), now, true)).toBe(true);
  });

  it("keeps the time at which it was queued through all of it", () => {
    const queuedAt = "2029-12-31T00:00:00.000Z";
    const document = readQueueDocument(stored({ company: {}, deployment: { status: "queued", queuedAt } }));
    const claim = written(claimed(document, "me", now));
    for (const next of [deployed(claim, site, now), failed(claim, "soap", "no", now), released(claim)]) {
      expect(written(next).deployment).toMatchObject({ queuedAt });
    }
  });
});

/** The status under which the design document's view lists a document; undefined if it does not. */
function listedStatus(document: object): unknown {
  const keys: unknown[] = [];
  const context = { emit: (key: unknown) => keys.push(key) };
  const view: unknown = runInNewContext(`(${designDocument("role").views["by-status"]?.map ?? ""})`, context);
  if (typeof view === "function") Reflect.apply(view, undefined, [document]);
  const key = keys[0];
  return Array.isArray(key) ? key[0] : undefined;
}

describe("the view by status", () => {
  const time = fc.constantFrom("2030-01-01T00:00:00.000Z", undefined);
  const bookkeeping = fc.oneof(
    fc.constantFrom<unknown>(undefined, null, "deployed", 5, [], {}, { status: "constructor" }),
    fc.record({
      status: fc.constantFrom(...statuses),
      revision: fc.constantFrom(undefined, 1, 2, 3),
      claimExpiresAt: time,
      deletedAt: time,
    }),
  );
  const payload = fc.constantFrom({}, { company: { name: "Soap" } }, { users: [] }, { type: "session" });

  it("lists a document under the status that the deployer gives it", () => {
    fc.assert(
      fc.property(payload, bookkeeping, (body, deployment) => {
        const raw: object = JSON.parse(JSON.stringify({ ...stored(body, 2), deployment }));
        const document = readQueueDocument({ ...raw, _id: "a", _rev: "2-abc" });
        const isOurs = document.deployment !== undefined || looksLikeSiteRequest(raw);
        expect(listedStatus(raw)).toBe(isOurs ? effectiveStatus(document) : undefined);
      }),
    );
  });

  it("does not list design documents", () => {
    expect(listedStatus({ _id: "_design/x", _rev: "1-a", company: {} })).toBeUndefined();
  });
});
