import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { commandTable } from "../../plugin/command-table.ts";
import { createSites, waitForSites } from "../control-plane/sites.ts";
import { client, createTestNamespace } from "../control-plane/test-cluster.ts";
import { startCouchdbServer, type CouchdbServer } from "../couchdb/couchdb-server.ts";
import { openStore } from "../plugin/rollout/stored-rollouts.ts";
import { startSubscribie, type RunningPlugin } from "./plugin.ts";
import { transcript, withWords, type TranscriptOptions } from "./transcript.ts";
import {
  askingQueueLines,
  clusterLines,
  emptyLines,
  emptyQueueLines,
  localLines,
  queueLines,
  siteLines,
  steeringLines,
  wrongLines,
} from "./transcript-lines.ts";

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
  await writeFile(join(folder, "none.json"), "[]");
  await mkdir(join(folder, "empty"));
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

/** `SHOPS`, `EMPTY` and `FOLDER` in a line stand for this run's own, and `ROLLOUT` for the newest one of SHOPS. */
async function run(line: string, options: TranscriptOptions = {}): Promise<string> {
  const words = {
    [shops]: "SHOPS",
    [empty]: "EMPTY",
    [folder]: "FOLDER",
    [queue]: "QUEUE",
    [new URL(queue).host]: "COUCHDB",
  };
  const own: Readonly<Record<string, string>> = {
    SHOPS: shops,
    EMPTY: empty,
    FOLDER: folder,
    ...(line.includes("ROLLOUT") ? { ROLLOUT: await newestRollout() } : {}),
  };
  const actual = line.replaceAll(/SHOPS|EMPTY|FOLDER|ROLLOUT/g, (word) => own[word] ?? word);
  return sortedRows(await transcript(actual, words, options));
}

async function newestRollout(): Promise<string> {
  const [newest] = await openStore(shops).store.list(() => undefined);
  return newest?.record.id ?? "";
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

/** One after the other. */
async function sayAll(lines: readonly string[]): Promise<string> {
  const said: string[] = [];
  for (const line of lines) said.push(await say(line));
  return said.join("\n");
}

const queueEnvironment = () => ({ environment: { SUBSCRIBIE_COUCHDB_URL: queue } });

describe("the sites of a namespace, from an upgrade to its rollback", () => {
  it.each(siteLines)("%s", async (line) => expect(await run(line)).toMatchSnapshot("as reviewed"));
});

describe("where there is nothing", () => {
  it.each(emptyLines)("%s", async (line) =>
    expect(await say(line, queueEnvironment())).toMatchSnapshot("as reviewed"),
  );

  it.each(emptyQueueLines)("%s", async (line) =>
    expect(await say(line, queueEnvironment())).toMatchSnapshot("as reviewed"),
  );
});

describe("the queue", () => {
  it.each(queueLines)("%s", async (line) =>
    expect(await run(line, queueEnvironment())).toMatchSnapshot("as reviewed"),
  );

  it("never shows a password", async () => {
    for (const line of ["queue list -o json", "queue show soap -o json", "queue show soap -o yaml"]) {
      expect(await run(line, queueEnvironment())).not.toMatch(/hunter2|token-token/);
    }
  });

  it.each(askingQueueLines)("that no variable names: %s", async (line) =>
    expect(await say(line)).toMatchSnapshot("as reviewed"),
  );

  it.each(askingQueueLines)("that does not answer: %s", async (line) => {
    const environment = { SUBSCRIBIE_COUCHDB_URL: "http://sam:hunter2@127.0.0.1:2/shops" };
    expect(await say(line, { environment })).toMatchSnapshot("as reviewed");
  });

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

/** A rollout that another process drives. */
describe("a rollout on its way, from another terminal", () => {
  const drivers: RunningPlugin[] = [];

  /** Starts an upgrade that waits after its canary. */
  async function drive(version: string): Promise<RunningPlugin> {
    const driver = startSubscribie(shops, ["upgrade", version, "--canary", "1", "--soak", "10m"]);
    drivers.push(driver);
    await driver.said(/soaking/);
    return driver;
  }

  afterAll(async () => {
    for (const driver of drivers) {
      driver.signal("SIGKILL");
      await driver.ended;
    }
  });

  it.each([
    ["v0.12", "running", "paused"],
    ["v0.13", "runningAgain", "aborted"],
  ] as const)("an upgrade to %s: %s, then %s", async (version, during, after) => {
    const driver = await drive(version);
    expect(await sayAll(steeringLines[during])).toMatchSnapshot("while it runs");
    const { code, stdout } = await driver.ended;
    expect(withWords(`${stdout}exit code ${code}\n`, { [shops]: "SHOPS" })).toMatchSnapshot("where it ran");
    expect(await sayAll(steeringLines[after])).toMatchSnapshot("afterwards");
  });
});

describe("without a cluster", () => {
  it.each(localLines)("%s", async (line) =>
    expect(await say(line, { environment: { KUBECONFIG: "/nowhere/config" } })).toMatchSnapshot(
      "as reviewed",
    ),
  );
});

describe("who may not", () => {
  it.each(clusterLines.filter((line) => line !== "doctor"))("%s", async (line) => {
    expect(withoutResource(await say(inShops(line), { user: "stranger" }))).toMatchSnapshot("as reviewed");
  });
});

describe("an API server that does not answer", () => {
  it.each(clusterLines)("%s", async (line) => {
    expect(await say(`${inShops(line)} --server https://127.0.0.1:2`)).toMatchSnapshot("as reviewed");
  });
});

describe("doctor", () => {
  it("has a line for each thing that it looks at, and a row for each command", async () => {
    const said = await say("doctor -n SHOPS --system-namespace EMPTY");
    const [checks = "", access = ""] = said.split("\n\n");
    for (const line of checks.split("\n").slice(1))
      expect(line).toMatch(/^(?:ok {6}|problem {1}|unknown {1})[a-z]|^ {8}- |^ {10}fix: /);
    expect(access).toMatch(/^COMMAND +ALLOWED +MISSING\n/);
    for (const row of access.split("\n").slice(1, -2)) expect(row).toMatch(/^[a-z, -]+ +yes +$/);
    expect(said).toMatch(/\nexit code 1\n$/);
  });

  it("tells who may not what is unknown to them, and what they lack", async () => {
    const said = await say("doctor -n SHOPS --system-namespace EMPTY", { user: "stranger" });
    expect(said).toMatch(/^ok +versions/m);
    expect(said).toMatch(/^unknown +sites: .* is forbidden: User "stranger" cannot list/m);
    expect(said).toMatch(/^upgrade +no +.*patch apps\/deployments/m);
  });
});

describe("wrong usage", () => {
  it.each(wrongLines)("%s", async (line) => expect(await say(line)).toMatchSnapshot("as reviewed"));

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

describe("the table of lines", () => {
  const isAbout = (name: string) => (line: string) => line === name || line.startsWith(`${name} `);
  const { running, paused, runningAgain, aborted } = steeringLines;
  const used = [
    siteLines,
    emptyQueueLines,
    queueLines,
    localLines,
    running,
    paused,
    runningAgain,
    aborted,
  ].flat();

  it.each([...commandTable.keys()].filter((name) => name !== "doctor"))("uses %s", (name) => {
    expect(used.some(isAbout(name))).toBe(true);
  });

  it("leaves out no command that asks a cluster or a queue which may not answer", async () => {
    const missing: string[] = [];
    for (const [name, load] of commandTable) {
      const { flags } = await load();
      const lines = "kubeconfig" in flags ? clusterLines : "couchdb-url" in flags ? askingQueueLines : [name];
      if (!lines.some(isAbout(name))) missing.push(name);
    }
    expect(missing).toEqual([]);
  });
});
