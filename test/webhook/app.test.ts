import { Writable } from "node:stream";
import { pino } from "pino";
import request from "supertest";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { createApp } from "../../webhook/app.ts";
import { maximumBodyBytes } from "../../webhook/body.ts";
import { Metrics } from "../../webhook/metrics.ts";
import { defaultLimits } from "../../shared/policy/limits.ts";
import { site } from "../shared/policy/sample-site.ts";
import { admissionReview } from "./admission-request.ts";

vi.setConfig({ testTimeout: 60_000 });

const answerSchema = z.strictObject({
  apiVersion: z.literal("admission.k8s.io/v1"),
  kind: z.literal("AdmissionReview"),
  response: z.strictObject({
    uid: z.string(),
    allowed: z.boolean(),
    patchType: z.literal("JSONPatch").optional(),
    patch: z.base64().optional(),
    warnings: z.array(z.string()).optional(),
    auditAnnotations: z.record(z.string(), z.string()).optional(),
    status: z
      .strictObject({ code: z.literal(403), reason: z.literal("Forbidden"), message: z.string() })
      .optional(),
  }),
});

let lines: string[] = [];
let problems: string[] = [];
let isDraining = false;
let limits: () => typeof defaultLimits = () => defaultLimits;

beforeEach(() => {
  lines = [];
  problems = [];
  isDraining = false;
  limits = () => defaultLimits;
});

const app = createApp({
  limits: () => limits(),
  metrics: new Metrics(),
  log: pino(
    {},
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    }),
  ),
  problems: () => problems,
  isDraining: () => isDraining,
  now: () => 0,
});

const post = (path: string, body: unknown) =>
  request(app)
    .post(path)
    .set("content-type", "application/json")
    .send(typeof body === "string" ? body : JSON.stringify(body));

async function answerTo(path: string, body: unknown) {
  const { status, body: answer } = await post(path, body);
  expect(status).toBe(200);
  return answerSchema.parse(answer).response;
}

describe("an answer", () => {
  it("A1: echoes the uid, and has neither patch nor patchType where there is nothing to patch", async () => {
    expect(await answerTo("/validate", admissionReview())).toEqual({
      uid: "0df28fbd-5f5f-11e8-bc74-36e6bb280816",
      allowed: true,
    });
  });

  it("A1: has both patch and patchType, and a patch that is a list of operations", async () => {
    const { patch, patchType, warnings } = await answerTo("/mutate", admissionReview());
    expect(patchType).toBe("JSONPatch");
    const operations: unknown = JSON.parse(Buffer.from(patch ?? "", "base64").toString());
    expect(operations).toContainEqual({ op: "add", path: "/spec/revisionHistoryLimit", value: 5 });
    expect(warnings).toHaveLength(1);
  });

  it("A9: refuses with 403 inside a 200, so that the API server shows the message", async () => {
    const { allowed, status } = await answerTo(
      "/validate",
      admissionReview({ object: site(["pod.hostPID", true]) }),
    );
    expect(allowed).toBe(false);
    expect(status?.message).toContain(
      "host-namespaces: spec.template.spec.hostPID: found true, allowed false",
    );
  });

  it("A1: never patches on /validate, nor refuses on /mutate", async () => {
    const review = admissionReview({ object: site(["metadata.labels", undefined], ["pod.hostPID", true]) });
    expect(await answerTo("/validate", review)).not.toHaveProperty("patch");
    expect(await answerTo("/mutate", review)).not.toHaveProperty("status");
  });
});

describe("the log", () => {
  it("has one line for a denial, without anything of the object's", async () => {
    const object = site(["pod.hostPID", true], ["container.env", [{ name: "PASSWORD", value: "hunter2" }]]);
    await answerTo("/validate", admissionReview({ object, name: 'soap\n{"level":60}' }));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      msg: "denied",
      operation: "CREATE",
      resource: "deployments",
      namespace: "shops",
      name: 'soap {"level":60}',
      user: "ann",
      dryRun: false,
      controls: ["host-namespaces"],
      violations: 1,
    });
    expect(lines.join("")).not.toContain("hunter2");
  });

  it("is silent about what is allowed", async () => {
    await answerTo("/validate", admissionReview());
    await answerTo("/mutate", admissionReview());
    expect(lines).toEqual([]);
  });
});

describe("A35: what is no review", () => {
  it.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["a truncated review", JSON.stringify(admissionReview()).slice(0, -20)],
    ["null", "null"],
    ["a list", "[]"],
    [
      "an object without a request",
      JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" }),
    ],
    [
      "A2: v1beta1, whose answers the API server does not check",
      JSON.stringify({ ...admissionReview(), apiVersion: "admission.k8s.io/v1beta1" }),
    ],
    ["another kind", JSON.stringify({ ...admissionReview(), kind: "Review" })],
    ["no uid", JSON.stringify(admissionReview()).replace('"uid":', '"id":')],
    ["a byte order mark before it", `\ufeff${JSON.stringify(admissionReview())}`],
    ["two reviews in one", JSON.stringify(admissionReview()).repeat(2)],
    ["a user who is no object", JSON.stringify(admissionReview()).replace('{"username":"ann"}', '"ann"')],
    ["a dry run in words", JSON.stringify(admissionReview()).replace('"dryRun":false', '"dryRun":"no"')],
    ["an empty uid", JSON.stringify(admissionReview({ uid: "" }))],
    ["an endless uid", JSON.stringify(admissionReview({ uid: "x".repeat(1000) }))],
    ["an object that is not its resource's", JSON.stringify(admissionReview({ object: { kind: "Pod" } }))],
    [
      "a review of prototypes",
      '{"__proto__":{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{}}}',
    ],
  ])("is refused with 400 and one line: %s", async (_what, body) => {
    for (const path of ["/validate", "/mutate"]) {
      const { status, text } = await post(path, body);
      expect(status).toBe(400);
      expect(text).toMatch(/^[^\n]+\n$/);
      expect(text.length).toBeLessThan(600);
    }
  });

  it("by another method is 405, of another type 415, compressed 415", async () => {
    expect((await request(app).get("/validate")).status).toBe(405);
    expect((await request(app).put("/mutate").send({})).status).toBe(405);
    const text = await request(app).post("/validate").set("content-type", "text/plain").send("{}");
    expect(text.status).toBe(415);
    const zipped = await post("/validate", "{}").set("content-encoding", "gzip");
    expect(zipped.status).toBe(415);
  });

  it("beyond 7 MiB is 413", async () => {
    const large = JSON.stringify({ padding: "x".repeat(maximumBodyBytes) });
    expect((await post("/validate", large)).status).toBe(413);
  });

  it("elsewhere is 404, with what there is", async () => {
    const { status, text } = await request(app).get("/");
    expect([status, text]).toEqual([404, "there is /mutate, /validate, /livez, /readyz and /metrics\n"]);
  });
});

describe("hostile reviews", () => {
  it.each([
    ["a million levels of lists", `{"a":${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}}`, 400],
    [
      "an object of a million levels",
      JSON.stringify(admissionReview({ object: "DEEP" })).replace(
        '"DEEP"',
        `{"kind":"Deployment","spec":${'{"a":'.repeat(500_000)}1${"}".repeat(500_000)}}`,
      ),
      200,
    ],
    [
      "a deep value where a violation is shown",
      JSON.stringify(admissionReview({ object: site(["pod.hostPID", "DEEP"]) })).replace(
        '"DEEP"',
        `${"[".repeat(200_000)}${"]".repeat(200_000)}`,
      ),
      200,
    ],
    [
      "a key twice",
      JSON.stringify(admissionReview()).replace('"kind":"Deployment"', '"kind":"Pod","kind":"Deployment"'),
      200,
    ],
    [
      "lone surrogates",
      JSON.stringify(admissionReview({ object: site(["container.image", "\ud800"]) })),
      200,
    ],
    [
      "lone surrogates in keys and in what the API calls the object",
      JSON.stringify(admissionReview({ name: "\udfff", object: site(["metadata.labels.\ud800", "x"]) })),
      200,
    ],
    [
      "keys of prototypes",
      JSON.stringify(admissionReview()).replace(
        '"spec":',
        '"__proto__":{"x":1},"constructor":{"prototype":{"y":1}},"spec":',
      ),
      200,
    ],
    [
      "a hundred thousand variables",
      JSON.stringify(
        admissionReview({
          object: site(["container.env", Array.from({ length: 100_000 }, () => ({ name: "A" }))]),
        }),
      ),
      200,
    ],
  ])("get an answer: %s", async (_what, body, expected) => {
    expect((await post("/validate", body)).status).toBe(expected);
    expect((await post("/mutate", body)).status).toBe(expected);
    expect((await post("/validate", admissionReview())).status).toBe(200);
    expect({}).not.toHaveProperty("x");
  });

  it("as an UPDATE get an answer too", async () => {
    const deep = `{"kind":"Deployment","metadata":{"name":"soap"},"spec":{"template":${'{"spec":'.repeat(100_000)}1${"}".repeat(100_000)}}}`;
    const body = JSON.stringify(
      admissionReview({ operation: "UPDATE", object: "DEEP", oldObject: "DEEP" }),
    ).replaceAll('"DEEP"', deep);
    expect((await post("/validate", body)).status).toBe(200);
    expect((await post("/mutate", body)).status).toBe(200);
  });
});

describe("A8: the deadline in ?timeout=", () => {
  it("is 504 once it is over, so that no verdict is made up", async () => {
    expect((await post("/validate?timeout=1s", admissionReview())).status).toBe(200);
    // The clock jumps between the request's first byte and its last.
    let reads = 0;
    const clock = createApp({
      limits: () => defaultLimits,
      metrics: new Metrics(),
      log: pino({ enabled: false }),
      problems: () => [],
      isDraining: () => false,
      now: () => (reads++ === 0 ? 0 : 2000),
    });
    const late = await request(clock)
      .post("/validate?timeout=1s")
      .set("content-type", "application/json")
      .send(JSON.stringify(admissionReview()));
    expect(late.status).toBe(504);
  });

  it("is 400 when it is no duration", async () => {
    expect((await post("/validate?timeout=soon", admissionReview())).status).toBe(400);
  });
});

describe("A33: a mistake of ours", () => {
  it("is 500, so that the failurePolicy keeps its meaning, and is logged", async () => {
    limits = () => {
      throw new Error("boom");
    };
    const { status, text } = await post("/validate", admissionReview());
    expect([status, text]).toEqual([500, "the webhook made a mistake; its log says more\n"]);
    expect(lines.join("")).toContain("boom");
    limits = () => defaultLimits;
    expect((await post("/validate", admissionReview())).status).toBe(200);
  });
});

describe("health", () => {
  it("is live always, and ready without problems only", async () => {
    problems = ["the certificate expired on 2026-01-01"];
    expect((await request(app).get("/livez")).status).toBe(200);
    const unready = await request(app).get("/readyz");
    expect([unready.status, unready.text]).toEqual([503, "the certificate expired on 2026-01-01\n"]);
    problems = [];
    expect((await request(app).get("/readyz")).status).toBe(200);
  });

  it("asks clients to come back by a new connection while it drains", async () => {
    isDraining = true;
    const { status, headers } = await post("/validate", admissionReview());
    expect([status, headers["connection"]]).toEqual([200, "close"]);
  });
});

describe("metrics", () => {
  it("count requests by outcome, violations by control and mode, and bound their labels", async () => {
    await post("/validate", admissionReview({ object: site(["pod.hostPID", true]), dryRun: true }));
    await post("/mutate", admissionReview());
    await post("/validate", admissionReview({ operation: `X${Date.now()}` }));
    await post("/validate", "{");
    const { text } = await request(app).get("/metrics");
    for (const metric of [
      /^subscribie_webhook_requests_total\{endpoint="validate",operation="CREATE",outcome="denied",dry_run="true"\} 1$/m,
      /^subscribie_webhook_requests_total\{endpoint="mutate",operation="CREATE",outcome="patched",dry_run="false"\} \d+$/m,
      /^subscribie_webhook_requests_total\{endpoint="validate",operation="other",outcome="denied",dry_run="false"\} 1$/m,
      /^subscribie_webhook_requests_total\{endpoint="validate",operation="none",outcome="malformed",dry_run="false"\} \d+$/m,
      /^subscribie_webhook_violations_total\{control="host-namespaces",mode="deny"\} \d+$/m,
      /^subscribie_webhook_request_duration_seconds_count\{endpoint="validate"\} \d+$/m,
      /^subscribie_webhook_request_body_bytes_count \d+$/m,
      /^subscribie_webhook_in_flight_requests 0$/m,
      /^nodejs_eventloop_lag_seconds /m,
    ]) {
      expect(text).toMatch(metric);
    }
  });
});
