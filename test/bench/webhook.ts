import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import * as z from "zod";
import { evaluate } from "../../shared/policy/evaluate.ts";
import { defaultLimits } from "../../shared/policy/limits.ts";
import type { KeyPair } from "../../webhook/certificates/certificate-authority.ts";
import { createTestCertificates, issueTestCertificate } from "../webhook/test-certificates.ts";
import { type Figure, printFigures } from "./figures.ts";
import { type Contestant, startContestant } from "./webhook/contestant.ts";
import { load } from "./webhook/load.ts";
import { startPepr } from "./webhook/pepr-contestant.ts";
import { updateReview } from "./webhook/sample-review.ts";

/**
 * The webhook beside a bare Express 5 handler and Pepr 1.1.4, each a process of its own, on an UPDATE review of 7 KB.
 *
 * `npm run bench -- webhook [--rounds 5] [--requests 4000] [--endurance 100000] [--faults 20000]
 * [--no-peer]`
 *
 * The peer is installed once, into a cache folder outside the checkout. Contestants take turns, and ratios are of
 * medians: on a shared machine they are steadier than rates.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "5" },
      requests: { type: "string", default: "4000" },
      endurance: { type: "string", default: "100000" },
      faults: { type: "string", default: "20000" },
      "no-peer": { type: "boolean", default: false },
    },
  });
  const files = await createFiles();
  try {
    const figures = [
      ...benchEvaluation(),
      ...(await benchReviews(files, Number(values.rounds), Number(values.requests), !values["no-peer"])),
      ...(await benchEndurance(files, Number(values.endurance))),
      ...(await benchRotation(files, Number(values.faults))),
      ...(await benchRollingRestart(files, Number(values.faults))),
    ];
    printFigures(figures);
  } finally {
    await rm(files.directory, { recursive: true });
  }
}

const connections = 10;
const usualEnvironmentBytes = 100;
const largeEnvironmentBytes = 500_000;

interface Files {
  readonly directory: string;
  readonly authority: KeyPair;
  readonly certificateFile: string;
  readonly keyFile: string;
}

async function createFiles(): Promise<Files> {
  const directory = await mkdtemp(path.join(tmpdir(), "bench-webhook-"));
  const { authority, serving } = await createTestCertificates();
  const certificateFile = path.join(directory, "tls.crt");
  const keyFile = path.join(directory, "tls.key");
  await writeFile(certificateFile, serving.certificate);
  await writeFile(keyFile, serving.privateKey);
  return { directory, authority, certificateFile, keyFile };
}

async function startWebhook({ certificateFile, keyFile }: Files): Promise<Contestant> {
  const program = path.join(import.meta.dirname, "../../dist/subscribie-webhook");
  const flags = [
    "--port=0",
    "--host=127.0.0.1",
    `--tls-cert-file=${certificateFile}`,
    `--tls-private-key-file=${keyFile}`,
  ];
  return await startContestant("subscribie-webhook", [program, ...flags], /"port":(\d+).*"serving"/, {
    // As in the image.
    environment: { NODE_OPTIONS: "--max-semi-space-size=4" },
  });
}

async function startExpress({ certificateFile, keyFile }: Files): Promise<Contestant> {
  const program = path.join(import.meta.dirname, "webhook/express-contestant.ts");
  return await startContestant("Express 5", [program, certificateFile, keyFile], /^port (\d+)/);
}

const reviewSchema = z.object({ request: z.object({ object: z.unknown(), oldObject: z.unknown() }) });

/** The policy alone, in this process: the 99th percentile of one evaluation. */
function benchEvaluation(): Figure[] {
  return (
    [
      ["7 KB", usualEnvironmentBytes, 20_000, 1],
      ["1 MB", largeEnvironmentBytes, 500, 10],
    ] as const
  ).map(([size, environmentBytes, runs, atMost]) => {
    const { object, oldObject } = reviewSchema.parse(JSON.parse(updateReview(environmentBytes))).request;
    const times = Array.from({ length: runs }, () => {
      const started = performance.now();
      evaluate(object, defaultLimits, { operation: "UPDATE", namespace: "shops", oldObject, now: 0 });
      return performance.now() - started;
    });
    const measured = percentile(times, 0.99) * 1000;
    return { name: `evaluation of ${size}, p99`, measured, unit: " us", atMost: atMost * 1000 };
  });
}

interface Round {
  readonly cpuMicroseconds: number;
  readonly rate: number;
}

async function benchReviews(
  files: Files,
  rounds: number,
  requests: number,
  withPeer: boolean,
): Promise<Figure[]> {
  const body = updateReview(usualEnvironmentBytes);
  console.log(
    `an UPDATE review of ${Buffer.byteLength(body)} bytes, ${connections} connections, ${rounds} rounds of ${requests}`,
  );
  const contestants: { contestant: Contestant; path: string; label: string }[] = [];
  try {
    const ours = await startWebhook(files);
    contestants.push({ contestant: ours, path: "/validate", label: "ours, validate" });
    contestants.push({ contestant: ours, path: "/mutate", label: "ours, mutate" });
    contestants.push({ contestant: await startExpress(files), path: "/validate", label: "Express 5" });
    if (withPeer) {
      const { contestant, validatePath, mutatePath } = await startPepr(files.certificateFile, files.keyFile);
      contestants.push({ contestant, path: validatePath, label: "Pepr 1.1.4, validate" });
      contestants.push({ contestant, path: mutatePath, label: "Pepr 1.1.4, mutate" });
    }
    const results = new Map(contestants.map(({ label }) => [label, [] as Round[]]));
    // The first round is for the compilers.
    for (let round = 0; round <= rounds; round += 1) {
      for (const { contestant, path: target, label } of contestants) {
        const result = await measure(contestant, target, body, files, requests);
        if (round > 0) results.get(label)?.push(result);
      }
    }
    const medians = new Map([...results].map(([label, list]) => [label, medianRound(list)]));
    for (const [label, { cpuMicroseconds, rate }] of medians) {
      console.log(
        `${label.padEnd(22)} ${Math.round(cpuMicroseconds)} us CPU a review, ${Math.round(rate)} reviews/s`,
      );
    }
    return [
      ...reviewFigures(medians),
      { name: "started in", measured: ours.startedInMs, unit: " ms", atMost: 1000 },
    ];
  } finally {
    for (const { contestant } of new Map(
      contestants.map((entry) => [entry.contestant.pid, entry]),
    ).values()) {
      await contestant.stop();
    }
  }
}

function reviewFigures(medians: ReadonlyMap<string, Round>): Figure[] {
  const cpu = (label: string) => medians.get(label)?.cpuMicroseconds ?? Number.NaN;
  const rate = (label: string) => medians.get(label)?.rate ?? Number.NaN;
  const figures: Figure[] = [];
  for (const half of ["validate", "mutate"]) {
    const [ours, pepr] = [`ours, ${half}`, `Pepr 1.1.4, ${half}`];
    figures.push(
      {
        name: `CPU a review, ${half}, to Express`,
        measured: cpu(ours) / cpu("Express 5"),
        unit: "x",
        atMost: 1.4,
      },
      {
        name: `throughput, ${half}, to Express`,
        measured: rate(ours) / rate("Express 5"),
        unit: "x",
        atLeast: 0.75,
      },
    );
    if (!medians.has(pepr)) continue;
    figures.push({
      name: `CPU a review, ${half}, to Pepr`,
      measured: cpu(ours) / cpu(pepr),
      unit: "x",
      atMost: 1 / 3,
    });
  }
  return figures;
}

async function measure(
  contestant: Contestant,
  target: string,
  body: string,
  { authority }: Files,
  requests: number,
): Promise<Round> {
  const before = await contestant.cpuMicroseconds();
  const { failures, seconds } = await load({
    body,
    certificateAuthority: authority.certificate,
    connections,
    requests,
    target: () => ({ port: contestant.port, path: target }),
  });
  if (failures.length > 0) throw new Error(`${contestant.name}: ${failures.length} failed: ${failures[0]}`);
  const after = await contestant.cpuMicroseconds();
  return { cpuMicroseconds: (after - before) / requests, rate: requests / seconds };
}

/** Resident memory after many reviews, to what it was when the heap had settled. */
async function benchEndurance(files: Files, requests: number): Promise<Figure[]> {
  const contestant = await startWebhook(files);
  try {
    const body = updateReview(usualEnvironmentBytes);
    await measure(contestant, "/validate", body, files, Math.ceil(requests / 5));
    const settled = await contestant.residentMegabytes();
    await measure(contestant, "/validate", body, files, Math.ceil((requests * 4) / 5));
    const final = await contestant.residentMegabytes();
    console.log(
      `resident after ${requests / 5} reviews ${Math.round(settled)} MB, after ${requests} ${Math.round(final)} MB`,
    );
    return [
      { name: `resident after ${requests} reviews`, measured: final / settled, unit: "x", atMost: 1.25 },
      { name: "resident at the end", measured: final, unit: " MB", atMost: 150 },
    ];
  } finally {
    await contestant.stop();
  }
}

/** The certificate's files change five times under load. */
async function benchRotation(files: Files, requests: number): Promise<Figure[]> {
  const contestant = await startWebhook(files);
  const rotating = new AbortController();
  const rotation = rotate(files, rotating.signal);
  try {
    const { failures } = await load({
      body: updateReview(usualEnvironmentBytes),
      certificateAuthority: files.authority.certificate,
      connections,
      requests,
      target: () => ({ port: contestant.port, path: "/validate" }),
    });
    return [{ name: "failed through certificate rotations", measured: failures.length, unit: "", atMost: 0 }];
  } finally {
    rotating.abort();
    await rotation;
    await contestant.stop();
  }
}

async function rotate({ authority, certificateFile, keyFile }: Files, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const next = await issueTestCertificate(authority);
    await writeFile(certificateFile, next.certificate);
    await writeFile(keyFile, next.privateKey);
    await delay(2_500, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Two replicas, one after the other replaced by a new one under load. Requests go to a replica for half a second after it
 * was told to end, as they do until every API server knows of its endpoint's end.
 */
async function benchRollingRestart(files: Files, requests: number): Promise<Figure[]> {
  let endpoints: readonly Contestant[] = await Promise.all([startWebhook(files), startWebhook(files)]);
  let turn = 0;
  const ended: Promise<void>[] = [];
  const restarting = (async () => {
    for (const old of endpoints) {
      await delay(1_000);
      const next = await startWebhook(files);
      endpoints = endpoints.concat(next);
      ended.push(old.stop());
      await delay(500);
      endpoints = endpoints.filter((endpoint) => endpoint !== old);
    }
  })();
  const { failures } = await load({
    body: updateReview(usualEnvironmentBytes),
    certificateAuthority: files.authority.certificate,
    connections,
    requests,
    target: () => {
      turn += 1;
      return { port: endpoints[turn % endpoints.length]?.port ?? 0, path: "/validate" };
    },
  });
  await restarting;
  await Promise.all([...ended, ...endpoints.map(async (endpoint) => await endpoint.stop())]);
  if (failures.length > 0) console.log(`failed: ${failures.slice(0, 5).join("; ")}`);
  return [{ name: "failed through a rolling restart", measured: failures.length, unit: "", atMost: 0 }];
}

function medianRound(rounds: readonly Round[]): Round {
  return {
    cpuMicroseconds: percentile(
      rounds.map(({ cpuMicroseconds }) => cpuMicroseconds),
      0.5,
    ),
    rate: percentile(
      rounds.map(({ rate }) => rate),
      0.5,
    ),
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
