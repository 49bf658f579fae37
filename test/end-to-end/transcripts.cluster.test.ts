import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { commandTable } from "../../plugin/command-table.ts";
import { createSites, waitForSites } from "../control-plane/sites.ts";
import { client, createTestNamespace } from "../control-plane/test-cluster.ts";
import { startCouchdbServer, type CouchdbServer } from "../couchdb/couchdb-server.ts";
import { transcript, type TranscriptOptions } from "./transcript.ts";

let shops: string;
let empty: string;
let folder: string;
let couchdb: CouchdbServer;
let queue: string;

beforeAll(async () => {
  shops = await createTestNamespace("transcripts");
  empty = await createTestNamespace("transcripts");
  folder = await mkdtemp(join(tmpdir(), "transcripts-"));
  couchdb = await startCouchdbServer();
  queue = new URL("/transcripts", couchdb.url).href;
  const names = await createSites(client, shops, 3);
  await waitForSites(client, shops, names, AbortSignal.timeout(120_000));
  await writeFile(join(folder, "shop.json"), JSON.stringify({ _id: "soap", ...payload }));
  await writeFile(join(folder, "broken.json"), JSON.stringify({ company: { name: "" }, plans: "none" }));
});

afterAll(async () => {
  await couchdb.stop();
  await rm(folder, { recursive: true, force: true });
});

const payload = {
  company: { name: "Soap & Sons" },
  users: ["sam@example.com"],
  password: "hunter2-hunter2",
  login_token: "token-token-token",
  country_code: "GB",
  plans: [
    {
      title: "Soap",
      description: "Three bars.",
      interval_amount: 1295,
      interval_unit: "monthly",
      sell_price: 0,
    },
  ],
};

/** `SHOPS`, `EMPTY`, `FOLDER` and `QUEUE` in a line stand for this run's own. */
async function run(line: string, options: TranscriptOptions = {}): Promise<string> {
  const words = {
    [shops]: "SHOPS",
    [empty]: "EMPTY",
    [folder]: "FOLDER",
    [queue]: "QUEUE",
    [new URL(queue).host]: "COUCHDB",
  };
  const own: Readonly<Record<string, string>> = { SHOPS: shops, EMPTY: empty, FOLDER: folder };
  const actual = line.replaceAll(/SHOPS|EMPTY|FOLDER/g, (word) => own[word] ?? word);
  return sortedRows(await transcript(actual, words, options));
}

/** Most commands take -n; this one is about no namespace. */
const inShops = (line: string) => (line.startsWith("version") ? line : `${line} -n SHOPS`);

/** A plan puts sites in an order that depends on their namespace's name, which is another in each run. */
function sortedRows(text: string): string {
  return text.replaceAll(/(?:^SHOPS .*\n)+/gm, (rows) =>
    rows
      .split(/(?<=\n)/)
      .toSorted((a, b) => a.localeCompare(b))
      .join(""),
  );
}

/** As `run`, in this process. */
async function say(line: string, options: TranscriptOptions = {}): Promise<string> {
  return await run(line, { ...options, inProcess: true });
}

const queueEnvironment = () => ({ environment: { SUBSCRIBIE_COUCHDB_URL: queue } });

describe("the sites of a namespace, from an upgrade to its rollback", () => {
  // In order: each line finds what the ones before it left.
  it.each([
    "sites -n SHOPS",
    "sites -n SHOPS -o wide",
    "sites -n SHOPS -o name",
    "status -n SHOPS",
    "status site/site-00001 -n SHOPS",
    "upgrade v0.11 -n SHOPS --dry-run=client",
    "upgrade v0.11 -n SHOPS --dry-run=server",
    "upgrade v0.11 -n SHOPS --canary 1 --soak 0s --quiet",
    "upgrade v0.11 -n SHOPS --quiet",
    "hold site-00003 -n SHOPS",
    "restart -n SHOPS --canary none --soak 0s --quiet",
    "hold --release site-00003 -n SHOPS",
    "history -n SHOPS",
    "rollback --all -n SHOPS --dry-run=client",
    "rollback --all -n SHOPS --quiet",
    "rollback --all -n SHOPS --quiet",
    "status -n SHOPS",
    "audit site-00001 -n SHOPS",
    "pause -n SHOPS",
    "resume -n SHOPS",
    "abort -n SHOPS",
    "report -n SHOPS --output-file FOLDER/report.html",
  ])("%s", async (line) => expect(await run(line)).toMatchSnapshot("as reviewed"));
});

describe("where there is nothing", () => {
  it.each([
    "sites -n EMPTY",
    "sites -n EMPTY -o json",
    "status -n EMPTY",
    "status -w -n EMPTY",
    "status site/soap -n EMPTY",
    "status u-20261123-203015-x7k2 -n EMPTY",
    "history -n EMPTY",
    "history u-20261123-203015-x7k2 -n EMPTY",
    "upgrade v0.11 -n EMPTY",
    "restart -n EMPTY",
    "rollback --all -n EMPTY",
    "rollback soap -n EMPTY",
    "pause -n EMPTY",
    "resume -n EMPTY",
    "abort -n EMPTY",
    "hold soap -n EMPTY",
    "delete soap -n EMPTY",
    "audit -n EMPTY",
    "report u-20261123-203015-x7k2 -n EMPTY",
    "report -n EMPTY --output-file /nowhere/report.html",
    "lint -f FOLDER/nothing.yaml",
    "deploy -f FOLDER/nothing.json -n EMPTY",
    "submit -f FOLDER/nothing.json",
  ])("%s", async (line) => expect(await say(line, queueEnvironment())).toMatchSnapshot("as reviewed"));
});

describe("the queue", () => {
  it.each([
    "queue init",
    "queue list",
    "queue show soap",
    "queue retry",
    "submit -f FOLDER/broken.json",
    "submit -f FOLDER/shop.json",
    "queue show soap",
    "queue retry soap",
    "status -n SHOPS",
    "deploy -n SHOPS --quiet",
    "queue list",
    "queue show soap",
    "delete soap-sons -n SHOPS",
    "delete soap-sons --yes -n SHOPS",
    "delete soap-sons --yes -n SHOPS",
    "queue list --status rejected",
  ])("%s", async (line) => expect(await run(line, queueEnvironment())).toMatchSnapshot("as reviewed"));

  it("never shows a password", async () => {
    for (const line of ["queue list -o json", "queue show soap -o json", "queue show soap -o yaml"]) {
      expect(await run(line, queueEnvironment())).not.toMatch(/hunter2|token-token/);
    }
  });

  it.each(["queue list", "queue init", "queue show x", "queue retry", "submit -f FOLDER/shop.json"])(
    "that no variable names: %s",
    async (line) => expect(await say(line)).toMatchSnapshot("as reviewed"),
  );

  it.each(["queue list", "queue init", "submit -f FOLDER/shop.json", "deploy -n EMPTY"])(
    "that does not answer: %s",
    async (line) => {
      const environment = { SUBSCRIBIE_COUCHDB_URL: "http://sam:hunter2@127.0.0.1:2/shops" };
      expect(await say(line, { environment })).toMatchSnapshot("as reviewed");
    },
  );

  it("takes a payload from standard input", async () => {
    const options = { ...queueEnvironment(), input: JSON.stringify({ _id: "veg", ...payload }) };
    expect(await run("submit -f -", options)).toMatchSnapshot("as reviewed");
  });
});

/** In parallel, one of two lists is refused first. */
function withoutResource(text: string): string {
  return text.replaceAll(
    /(?:configmaps|deployments\.apps) is forbidden: (.*) resource "\w+" in API group "\w*"/g,
    'RESOURCE is forbidden: $1 resource "RESOURCE"',
  );
}

/** Commands that ask the API server, as they are used. */
const clusterLines = [
  "sites",
  "status",
  "status site/site-00001",
  "history",
  "upgrade v0.11",
  "restart",
  "rollback --all",
  "pause",
  "resume",
  "abort",
  "hold site-00001",
  "delete site-00001 --yes",
  "audit",
  "report",
  "deploy -f FOLDER/shop.json",
  "version --server-version",
];

describe("without a cluster", () => {
  it.each(["version", "config view", "completion", "lint -f FOLDER/shop.json", "queue", "help config"])(
    "%s",
    async (line) =>
      expect(await say(line, { environment: { KUBECONFIG: "/nowhere/config" } })).toMatchSnapshot(
        "as reviewed",
      ),
  );
});

describe("who may not", () => {
  it.each(clusterLines)("%s", async (line) => {
    expect(withoutResource(await say(inShops(line), { user: "stranger" }))).toMatchSnapshot("as reviewed");
  });
});

describe("an API server that does not answer", () => {
  it.each(clusterLines)("%s", async (line) => {
    expect(await say(`${inShops(line)} --server https://127.0.0.1:2`)).toMatchSnapshot("as reviewed");
  });
});

describe("wrong usage", () => {
  it.each([
    "sties",
    "queue lits",
    "upgrade",
    "upgrade :bad -n SHOPS",
    "upgrade v0.11 --canary 5,x -n SHOPS",
    "upgrade v0.11 --soak soon -n SHOPS",
    "upgrade v0.11 --in-flight 0 -n SHOPS",
    "upgrade v0.11 --max-failures many -n SHOPS",
    "upgrade v0.11 --dry-run=maybe -n SHOPS",
    "upgrade v0.11 site-0001 -n SHOPS",
    "upgrade v0.11 site-00001 -A",
    "upgrade v0.11 site-00001 -l a=b -n SHOPS",
    "upgrade v0.11 --from-version v0.9 -n SHOPS",
    "upgrade v0.11 -l =x= -n SHOPS",
    "rollback -n SHOPS",
    "rollback --all site-00001 -n SHOPS",
    "rollback --rollout nonsense -n SHOPS",
    "status nonsense -n SHOPS",
    "hold -n SHOPS",
    "delete -n SHOPS",
    "submit",
    "lint",
    "queue show",
    "queue list --status lost",
    "queue list --couchdb-url http://sam:hunter2@couchdb/x",
    "queue list --couchdb-url ftp://couchdb/x",
    "sites -o jsno -n SHOPS",
    "sites -o custom-columns=NAME -n SHOPS",
    "sites -o jsonpath={.sites[?(@.ready)]} -n SHOPS",
    "sites --sort-by verison -n SHOPS",
    "sites -n SHOPS -v=loud",
    "sites -n SHOPS -n EMPTY",
    "sites -n",
    "sites --request-timeout soon -n SHOPS",
    "sites --context nowhere",
    "sites --kubeconfig /nowhere/config",
    "sites --fleet production",
    "audit --limits-file /nowhere/limits.yaml -n SHOPS",
    "config view --fleet production",
  ])("%s", async (line) => expect(await say(line)).toMatchSnapshot("as reviewed"));

  it.each([...commandTable.keys()].map((name) => [name]))("%s --nonsense", async (name) => {
    const said = await say(`${name} --nonsense`);
    expect(said).toMatch(
      /\n! error: unknown flag --nonsense; see kubectl subscribie .* --help\nexit code 2\n$/,
    );
  });
});

describe("kubectl's habits", () => {
  it.each(["-n EMPTY sites", "--namespace=EMPTY sites", "--request-timeout 5s -n EMPTY get", "get -nEMPTY"])(
    "%s takes kubectl's flags wherever they stand",
    async (line) => expect(await run(line)).toMatch(/No sites found in EMPTY namespace\.\n$/),
  );

  it("shows requests with -v=6, and no token with any level", async () => {
    expect(await run("sites -n EMPTY -v=6 --token hunter2")).toMatch(
      /! GET SERVER\/apis\/apps\/v1\/.* 401 in N ms/,
    );
    for (const level of [6, 9, 10]) {
      expect(await run(`sites -n EMPTY -v=${level} --token hunter2 --as sam`)).not.toContain("hunter2\n");
    }
  });

  it("merges the files of KUBECONFIG, and skips those that are not there", async () => {
    const kubeconfig = join(folder, "contexts");
    const contexts = [{ name: "here", context: { cluster: "test", user: "operator", namespace: empty } }];
    await writeFile(
      kubeconfig,
      JSON.stringify({ apiVersion: "v1", kind: "Config", contexts, "current-context": "here" }),
    );
    const { KUBECONFIG = "" } = (await import("./transcript.ts")).transcriptEnvironment();
    const environment = { KUBECONFIG: ["/nowhere/config", kubeconfig, KUBECONFIG].join(":") };
    expect(await run("sites", { environment })).toContain("No sites found in EMPTY namespace.");
  });
});
