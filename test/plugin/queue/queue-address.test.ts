import { describe, expect, it } from "vitest";
import { resolveQueueAddress, showQueueAddress } from "../../../plugin/queue/queue-address.ts";

function fromEnvironment(url: string) {
  return resolveQueueAddress(undefined, { SUBSCRIBIE_COUCHDB_URL: url });
}

describe("the queue's address", () => {
  it("comes from the environment, with its credentials apart", () => {
    const address = fromEnvironment("http://deployer:p%40ss%3A%2Fword@couchdb:5984/sites");
    expect(address).toEqual({
      serverUrl: "http://couchdb:5984",
      database: "sites",
      credentials: { user: "deployer", password: "p@ss:/word" },
    });
    expect(showQueueAddress(address)).toBe("http://couchdb:5984/sites");
  });

  it("is shown so that it can be used again", () => {
    const url = "http://couchdb:5984/shops%2Fnew";
    expect(showQueueAddress(fromEnvironment(url))).toBe(url);
  });

  it.each([
    ["http://couchdb:5984", "http://couchdb:5984", "subscribie"],
    ["http://couchdb:5984/", "http://couchdb:5984", "subscribie"],
    ["https://example.com/couch/db/", "https://example.com/couch", "db"],
    ["http://[::1]:5984/a%2Bb", "http://[::1]:5984", "a+b"],
    ["http://couchdb:5984/shops%2Fnew", "http://couchdb:5984", "shops/new"],
    ["http://couchdb:5984/sites\n", "http://couchdb:5984", "sites"],
  ])("%s is the server %s and the database %s", (url, serverUrl, database) => {
    expect(fromEnvironment(url)).toMatchObject({ serverUrl, database });
  });

  it("comes from the flag first, with the credentials of the environment for the same server only", () => {
    const env = { SUBSCRIBIE_COUCHDB_URL: "http://user:secret@couchdb:5984/sites" };
    expect(resolveQueueAddress("http://couchdb:5984/other", env)).toMatchObject({
      database: "other",
      credentials: { user: "user", password: "secret" },
    });
    expect(resolveQueueAddress("http://elsewhere:5984/sites", env).credentials).toBeUndefined();
  });

  it.each([
    ["http://user:secret@couchdb:5984/Sites!", "a database that CouchDB would refuse: 'Sites!'"],
    ["ftp://user:secret@couchdb", "not an http:// or https:// URL"],
    ["user:secret@couchdb", "not an http:// or https:// URL"],
    ["http://user:secret%zz@couchdb", "has a % that is not followed"],
    ["http://user:12/secret@couchdb/sites", "@ behind its host; in a user or a password, / is written %2F"],
    ["http://user:secret#12@couchdb", "not an http:// or https:// URL; in a user or a password"],
    ["http://couchdb/sites?password=secret", "a ?, # or @ behind its host"],
  ])("is refused when it is wrong, without showing a password: %s", (url, message) => {
    expect(() => fromEnvironment(url)).toThrow(message);
    expect(() => fromEnvironment(url)).not.toThrow(/secret/);
  });

  it("is refused when a command line holds credentials", () => {
    const flag = "http://user:secret@couchdb:5984/sites";
    expect(() => resolveQueueAddress(flag, {})).toThrow(/must not hold credentials/);
    expect(() => resolveQueueAddress(flag, {})).not.toThrow(/secret/);
  });

  it("has to be given", () => {
    expect(() => resolveQueueAddress(undefined, {})).toThrow(/set SUBSCRIBIE_COUCHDB_URL/);
  });
});
