import type { IncomingMessage, ServerResponse } from "node:http";
import express from "express";
import type { Express } from "express";
import { formatAnswer, MalformedReviewError, parseReview } from "./admission-review.ts";
import type { AdmissionRequest, Decision } from "./admission-review.ts";
import { BodyError, createBodyReader, discardBody } from "./body.ts";
import { parseTimeout } from "./deadline.ts";
import type { Logger } from "./log.ts";
import type { Metrics, Outcome } from "./metrics.ts";
import { mutate } from "./mutate.ts";
import { validate } from "./validate.ts";
import type { Evaluation } from "../shared/policy/evaluate.ts";
import type { Limits } from "../shared/policy/limits.ts";
import { printable } from "../shared/text/printable.ts";

/** What the endpoints need of the program around them. */
export interface AppOptions {
  /** The limits in force at this moment. */
  readonly limits: () => Limits;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Why requests should go elsewhere; empty when ready. */
  readonly problems: () => readonly string[];
  /** Whether clients should come back by a new connection. */
  readonly isDraining: () => boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Half of what the pod may use; a burst of the largest reviews waits its turn elsewhere. */
const maximumBufferedBytes = 96 * 1024 * 1024;

const endpoints = {
  mutate: (request: AdmissionRequest, { limits }: AppOptions) => ({
    decision: mutate(request, limits()),
    evaluation: undefined,
  }),
  validate: (request: AdmissionRequest, { limits, now }: AppOptions) => validate(request, limits(), now()),
} satisfies Record<
  string,
  (
    request: AdmissionRequest,
    options: AppOptions,
  ) => { decision: Decision; evaluation: Evaluation | undefined }
>;

/**
 * The webhook's HTTP interface, without a server around it.
 *
 * | What | Status | So that |
 * |---|---|---|
 * | a verdict, whichever | 200 | the API server acts on it |
 * | no AdmissionReview v1, or one that contradicts itself | 400 | the caller mends it |
 * | wrong method, too large, wrong type | 405, 413, 415 | |
 * | the API server stopped waiting | 504 | no verdict is made up |
 * | too much at once | 503 | the API server's failurePolicy decides |
 * | a mistake of ours | 500 | the API server's failurePolicy decides |
 */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  const bodies = createBodyReader(maximumBufferedBytes);
  for (const name of ["mutate", "validate"] as const) {
    app.all(`/${name}`, async (request, response) => {
      if (options.isDraining()) response.setHeader("connection", "close");
      options.metrics.requestStarted();
      const started = performance.now();
      try {
        await review(name, request, response);
      } finally {
        options.metrics.requestEnded(name, (performance.now() - started) / 1000);
      }
    });
  }
  app.get("/livez", (_request, response) => sendText(response, 200, "ok"));
  app.get("/readyz", (_request, response) => {
    const problems = options.problems();
    sendText(response, problems.length === 0 ? 200 : 503, problems.length === 0 ? "ok" : problems.join("\n"));
  });
  app.get("/metrics", async (_request, response) => {
    response.setHeader("content-type", options.metrics.registry.contentType);
    response.end(await options.metrics.registry.metrics());
  });
  app.use((_request, response) =>
    sendText(response, 404, "there is /mutate, /validate, /livez, /readyz and /metrics"),
  );

  async function review(
    name: keyof typeof endpoints,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    let admission: AdmissionRequest | undefined;
    const count = (outcome: Outcome) => options.metrics.countRequest(name, admission, outcome);
    try {
      const deadline = options.now() + timeoutOf(request);
      if (request.method !== "POST") throw new RefusedError(405, "only POST is answered here");
      const body = await bodies.read(request);
      options.metrics.bodyRead(body.length);
      if (options.now() > deadline) throw new RefusedError(504, "the time for an answer is over");
      admission = parseReview(body);
      const { decision, evaluation } = endpoints[name](admission, options);
      if (evaluation !== undefined) options.metrics.countViolations(evaluation);
      if (!decision.allowed) logDenial(options.log, admission, decision.message, evaluation);
      count(!decision.allowed ? "denied" : decision.patch === undefined ? "allowed" : "patched");
      sendJson(response, formatAnswer(admission.uid, decision));
    } catch (error) {
      if (error instanceof MalformedReviewError) {
        count("malformed");
        sendText(response, 400, printable(error.message, 500));
      } else if (error instanceof BodyError || error instanceof RefusedError) {
        count("refused");
        await discardBody(request);
        sendText(response, error.status, error.message);
      } else {
        count("error");
        options.log.error(
          { err: error, endpoint: name, uid: admission?.uid },
          "this is a mistake of the webhook's",
        );
        sendText(response, 500, "the webhook made a mistake; its log says more");
      }
    }
  }

  return app;
}

/** A request that is answered without looking at its review. */
class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly status: 400 | 405 | 504;

  constructor(status: RefusedError["status"], message: string) {
    super(message);
    this.status = status;
  }
}

/** Milliseconds until the API server stops waiting. */
function timeoutOf({ url = "" }: IncomingMessage): number {
  const query = url.indexOf("?");
  const text = query === -1 ? null : new URLSearchParams(url.slice(query)).get("timeout");
  if (text === null) return Number.POSITIVE_INFINITY;
  const timeout = parseTimeout(text);
  if (timeout === undefined) throw new RefusedError(400, "the timeout has to be a duration, such as 10s");
  return timeout;
}

function logDenial(
  log: Logger,
  { uid, operation, resource, subResource, namespace, name, userInfo, dryRun }: AdmissionRequest,
  message: string,
  evaluation: Evaluation | undefined,
): void {
  const violations = evaluation?.violations ?? [];
  log.info(
    {
      uid: printable(uid),
      operation: printable(operation),
      resource: printable([resource.resource, subResource].filter(Boolean).join("/")),
      namespace: printable(namespace ?? ""),
      name: printable(name ?? ""),
      user: printable(userInfo?.username ?? ""),
      dryRun: dryRun === true,
      controls: [...new Set(violations.map(({ control }) => control))],
      ...(violations.length === 0 ? { reason: message } : { violations: violations.length }),
    },
    "denied",
  );
}

function sendJson(response: ServerResponse, text: string): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  const body = `${text}\n`;
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
