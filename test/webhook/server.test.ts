import { once } from "node:events";
import https from "node:https";
import type { RequestOptions } from "node:https";
import { setTimeout } from "node:timers/promises";
import { connect, TLSSocket } from "node:tls";
import { pino } from "pino";
import { afterEach, expect, it, vi } from "vitest";
import { createApp } from "../../webhook/app.ts";
import type { KeyPair } from "../../webhook/certificates/certificate-authority.ts";
import { Metrics } from "../../webhook/metrics.ts";
import { createServer, listen } from "../../webhook/server.ts";
import { parseServingCertificate, secureContext } from "../../webhook/serving-certificate.ts";
import { drain } from "../../webhook/shutdown.ts";
import { defaultLimits } from "../../shared/policy/limits.ts";
import { admissionReview } from "./admission-request.ts";
import { createTestCertificates, issueTestCertificate } from "./test-certificates.ts";

vi.setConfig({ testTimeout: 60_000 });

const review = JSON.stringify(admissionReview());
const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

const serve = ({ certificate, privateKey }: KeyPair) => parseServingCertificate(certificate, privateKey);

async function start() {
  const { authority, serving } = await createTestCertificates();
  const state = { isDraining: false };
  const app = createApp({
    limits: () => defaultLimits,
    metrics: new Metrics(),
    log: pino({ enabled: false }),
    problems: () => [],
    isDraining: () => state.isDraining,
    now: Date.now,
  });
  const server = createServer(app, serve(serving));
  const port = await listen(server, 0, "127.0.0.1");
  const agent = new https.Agent({ keepAlive: true, ca: authority.certificate, maxSockets: 8 });
  cleanUps.push(() => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { authority, serving, state, server, port, agent };
}

interface Answer {
  readonly status: number | undefined;
  readonly serial: string;
}

/** Posts a body; resolves with the status, and with the serial number of the certificate that was served. */
async function post(
  port: number,
  agent: https.Agent,
  body: string | readonly Buffer[] = review,
  options: RequestOptions = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = https.request(
    {
      host: "127.0.0.1",
      port,
      agent,
      path: "/validate",
      method: "POST",
      headers: { "content-type": "application/json" },
      ...options,
    },
    (response) => {
      const { socket } = outgoing;
      const serial = socket instanceof TLSSocket ? socket.getPeerCertificate().serialNumber : "";
      response.resume().on("end", () => resolve({ status: response.statusCode, serial }));
      response.on("error", reject);
    },
  );
  outgoing.on("error", reject);
  if (typeof body === "string") outgoing.end(body);
  else {
    for (const chunk of body) outgoing.write(chunk);
    outgoing.end();
  }
  return await promise;
}

it("A12: speaks HTTP/1.1, and keeps connections for longer than the API server leaves them idle", async () => {
  const { port, agent, authority } = await start();
  const socket = connect({
    host: "127.0.0.1",
    port,
    ca: authority.certificate,
    servername: "localhost",
    ALPNProtocols: ["h2", "http/1.1"],
  });
  cleanUps.push(() => socket.destroy());
  await once(socket, "secureConnect");
  expect(socket.alpnProtocol).toBe("http/1.1");
  const { promise, resolve } = Promise.withResolvers<unknown>();
  https.get({ host: "127.0.0.1", port, agent, path: "/livez" }, (response) => {
    response.resume().on("end", () => resolve(response.headers["keep-alive"]));
  });
  const [, seconds] = /^timeout=(\d+)$/.exec(String(await promise)) ?? [];
  expect(Number(seconds)).toBeGreaterThan(90);
});

it("A35: refuses a body of more than 7 MiB that does not say its length, with an answer that arrives", async () => {
  const { port, agent } = await start();
  const chunks = Array.from({ length: 16 }, () => Buffer.alloc(512 * 1024, "x"));
  expect((await post(port, agent, chunks)).status).toBe(413);
  expect((await post(port, agent)).status).toBe(200);
});

it("answers others while clients are slow, or send what is no HTTP, or go away", async () => {
  const { port, agent, authority } = await start();
  const head =
    "POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{";
  const hostile = [
    head,
    "\u0000\u0001garbage\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "POST /validate HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    head,
  ];
  for (const [index, bytes] of hostile.entries()) {
    const socket = connect({ host: "127.0.0.1", port, ca: authority.certificate, servername: "localhost" });
    socket.on("error", () => undefined);
    cleanUps.push(() => socket.destroy());
    socket.write(bytes);
    if (index === hostile.length - 1) socket.destroySoon();
  }
  const answers = await Promise.all(Array.from({ length: 50 }, () => post(port, agent)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});

it("serves a new certificate to new connections while requests are on their way, and fails none", async () => {
  const { port, authority, serving, server } = await start();
  const next = await issueTestCertificate(authority);
  const agent = new https.Agent({
    keepAlive: true,
    ca: authority.certificate,
    maxSockets: 4,
    maxCachedSessions: 0,
  });
  cleanUps.push(() => agent.destroy());
  const before = await Promise.all(Array.from({ length: 100 }, () => post(port, agent)));
  const during = Array.from({ length: 200 }, () => post(port, agent));
  server.setSecureContext(secureContext(serve(next)));
  const fresh = new https.Agent({ ca: authority.certificate, maxCachedSessions: 0 });
  const after = await Promise.all(Array.from({ length: 20 }, () => post(port, fresh)));
  for (const { status } of [...before, ...(await Promise.all(during)), ...after]) expect(status).toBe(200);
  expect(new Set(before.map(({ serial }) => serial)).size).toBe(1);
  expect(new Set(after.map(({ serial }) => serial)).size).toBe(1);
  expect(after[0]?.serial).not.toBe(before[0]?.serial);
  expect(serving.certificate).not.toBe(next.certificate);
});

it("ends without failing a request, while clients learn that it is unready and keep their connections", async () => {
  const [leaving, staying] = [await start(), await start()];
  const statuses: (number | undefined)[] = [];
  const stop = new AbortController();
  // As endpoints are: every client goes on calling for a while after readiness was withdrawn.
  let endpoints = [leaving, staying];
  const client = async (index: number) => {
    for (let count = index; !stop.signal.aborted; count += 1) {
      const endpoint = endpoints[count % endpoints.length] ?? staying;
      statuses.push((await post(endpoint.port, endpoint.agent)).status);
    }
  };
  const clients = Promise.all(Array.from({ length: 8 }, (_, index) => client(index)));
  await expect.poll(() => statuses.length, { timeout: 30_000 }).toBeGreaterThan(100);
  leaving.state.isDraining = true;
  const drained = drain(leaving.server, { delayMs: 2000, gracePeriodMs: 20_000 });
  await setTimeout(150);
  endpoints = [staying];
  await drained;
  const afterwards = statuses.length;
  await expect.poll(() => statuses.length, { timeout: 30_000 }).toBeGreaterThan(afterwards + 100);
  stop.abort();
  await clients;
  expect(new Set(statuses)).toEqual(new Set([200]));
});

it("ends by the grace period, whatever is still open", async () => {
  const { port, server, authority } = await start();
  const socket = connect({ host: "127.0.0.1", port, ca: authority.certificate, servername: "localhost" });
  socket.on("error", () => undefined);
  cleanUps.push(() => socket.destroy());
  socket.write(
    "POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
  );
  await expect.poll(() => connections(server), { timeout: 30_000 }).toBe(1);
  await drain(server, { delayMs: 10, gracePeriodMs: 200 });
  await expect.poll(() => connections(server), { timeout: 30_000 }).toBe(0);
});

async function connections(server: https.Server): Promise<number> {
  return await new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}
