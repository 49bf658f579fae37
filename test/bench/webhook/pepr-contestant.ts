import { execFile } from "node:child_process";
import { access, mkdir, writeFile } from "node:fs/promises";
import http from "node:http";
import type { Server } from "node:http";
import https from "node:https";
import { homedir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { bundlePrograms } from "../../../bundle.ts";
import { type Contestant, startContestant } from "./contestant.ts";

/*
 * Pepr with our own policy in it, so that what differs is the framework: the validating half evaluates, the mutating
 * half applies the same operations to the request's object.
 */
const version = "1.1.4";
const apiPath = "bench";

const moduleText = `
const { Capability, PeprModule, a } = require("pepr");
const jsonPatch = require("fast-json-patch");
const { completeSite, defaultLimits, evaluate } = require("./policy.js");
const sites = new Capability({ name: "sites", description: "sites", namespaces: [] });
sites.When(a.Deployment).IsCreatedOrUpdated()
  .Mutate(request => {
    const { operations } = completeSite(request.Raw, request.OldResource, defaultLimits);
    if (operations.length > 0) jsonPatch.applyPatch(request.Raw, operations);
  })
  .Validate(request => {
    const { operation, namespace } = request.Request;
    const { violations } = evaluate(request.Raw, defaultLimits, { operation, namespace, oldObject: request.OldResource, now: Date.now() });
    return violations.length === 0 ? request.Approve() : request.Deny(violations.map(({ message }) => message).join("\\n"));
  });
const pepr = { uuid: "bench", onError: "reject", webhookTimeout: 10, alwaysIgnore: { namespaces: [] } };
new PeprModule({ description: "bench", pepr }, [sites], { deferStart: true }).start(Number(process.argv[2]));
console.log("port " + process.argv[2]);
`;

export interface Pepr {
  readonly contestant: Contestant;
  readonly validatePath: string;
  readonly mutatePath: string;
}

/** Starts Pepr with our policy; installs it into the cache folder first if it is not there. */
export async function startPepr(certificateFile: string, keyFile: string): Promise<Pepr> {
  const directory = await install();
  await writeFile(path.join(directory, "module.cjs"), moduleText);
  await bundlePrograms({ policy: "test/bench/webhook/policy-for-peers.ts" }, directory, { whole: true });
  const store = await startStoreServer();
  const kubeconfig = path.join(directory, "kubeconfig.json");
  await writeFile(kubeconfig, JSON.stringify(kubeconfigFor(store.url)));
  const port = await freePort();
  const contestant = await startContestant("Pepr", ["module.cjs", String(port)], /^port (\d+)$/, {
    directory,
    environment: {
      KUBECONFIG: kubeconfig,
      SSL_CERT_PATH: certificateFile,
      SSL_KEY_PATH: keyFile,
      PEPR_API_PATH: apiPath,
    },
  });
  await ready(port);
  return {
    contestant: {
      ...contestant,
      async stop() {
        store.server.closeAllConnections();
        store.server.close();
        await contestant.stop();
      },
    },
    validatePath: `/validate/${apiPath}`,
    mutatePath: `/mutate/${apiPath}`,
  };
}

async function install(): Promise<string> {
  const cache = process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache");
  const directory = path.join(cache, "kubectl-subscribie", `pepr-${version}`);
  try {
    await access(path.join(directory, "node_modules/pepr/dist/lib.js"));
  } catch {
    console.log(`installing pepr ${version} into ${directory}, once`);
    await mkdir(directory, { recursive: true });
    await writeFile(path.join(directory, "package.json"), JSON.stringify({ private: true }));
    const flags = ["install", "--ignore-scripts", "--no-audit", "--no-fund", `pepr@${version}`];
    await promisify(execFile)("npm", flags, { cwd: directory });
  }
  return directory;
}

/** An API server with nothing but Pepr's store in it, without which Pepr answers 404 to everything. */
async function startStoreServer(): Promise<{ server: Server; url: string }> {
  const store = (name: string) => ({
    apiVersion: "pepr.dev/v1",
    kind: "PeprStore",
    metadata: { name, namespace: "pepr-system", resourceVersion: "1", uid: name },
    data: {},
  });
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const name =
      url.searchParams.get("fieldSelector")?.split("=").at(-1) ?? url.pathname.split("/").at(-1) ?? "";
    response.setHeader("content-type", "application/json");
    if (url.searchParams.has("watch")) {
      // Stays open, as a watch on which nothing happens.
      response.write(`${JSON.stringify({ type: "ADDED", object: store(name) })}\n`);
    } else if (url.pathname.endsWith("/peprstores")) {
      response.end(
        JSON.stringify({
          kind: "PeprStoreList",
          apiVersion: "pepr.dev/v1",
          metadata: { resourceVersion: "1" },
          items: [store(name)],
        }),
      );
    } else response.end(JSON.stringify(store(name)));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  return { server, url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}` };
}

function kubeconfigFor(server: string): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "bench", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "bench", user: { token: "bench" } }],
    contexts: [{ name: "bench", context: { cluster: "bench", user: "bench" } }],
    "current-context": "bench",
  };
}

async function freePort(): Promise<number> {
  const server = http.createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Waits until Pepr has read its store: it answers 404 before. */
async function ready(port: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    if ((await statusOf(port)) === 200) return;
    if (performance.now() > deadline) throw new Error("Pepr did not get ready within 60 s");
    await delay(200);
  }
}

async function statusOf(port: number): Promise<number | undefined> {
  return await new Promise((resolve) => {
    // Whether it is up is all that is asked; the load checks the certificate.
    const options = {
      host: "127.0.0.1",
      port,
      path: "/healthz",
      rejectUnauthorized: false,
      agent: false as const,
    };
    const request = https.get(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", () => resolve(undefined));
  });
}
