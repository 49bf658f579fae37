import { describe, expect, it } from "vitest";
import { patchSite, type SitePatch } from "../../../plugin/rollout/patch-site.ts";
import { scriptedServer, statusAnswer, type ScriptedAnswer } from "../../shared/cluster/scripted-server.ts";

const image = (version: string) => `ghcr.io/subscribie/subscribie:${version}`;

function deployment(version: string): ScriptedAnswer {
  return {
    status: 200,
    body: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        name: "shop",
        namespace: "shops",
        uid: "1b7f",
        resourceVersion: "7",
        generation: 1,
        labels: { subscribie: "site", "site-name": "shop" },
      },
      spec: {
        replicas: 1,
        selector: { matchLabels: { "site-name": "shop" } },
        template: { spec: { containers: [{ name: "subscribie", image: image(version) }] } },
      },
      status: {},
    },
  };
}

const patch: SitePatch = {
  namespace: "shops",
  name: "shop",
  operations: [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: image("v0.11") }],
  isApplied: (site) => JSON.stringify(site).includes(image("v0.11")),
};

const failedTest = statusAnswer(422, "the server rejected our request due to an error in our request");
const patched = deployment("v0.11");
const untouched = deployment("v0.10");

/** The outcome of one site's PATCH when the server gives these answers, and what it was asked. */
async function outcomeOf(answers: readonly ScriptedAnswer[], confirm = async () => {}) {
  const { client, requests } = await scriptedServer((_, __, count) => answers[count - 1] ?? patched);
  const outcome = await patchSite(client, patch, confirm, new AbortController().signal);
  return { outcome, methods: requests.map((request) => request.split(" ")[0]) };
}

describe("one site's PATCH", () => {
  it.each([
    ["is overloaded", statusAnswer(429, "too many requests")],
    ["asks to come back later", statusAnswer(503, "starting", { "retry-after": "0" })],
    ["knows no role yet", statusAnswer(403, "deployments.apps is forbidden")],
    ["is hidden by a proxy's page", { status: 200, body: "<html>log in</html>" }],
    ["answers with something else", { status: 200, body: { kind: "Status" } }],
  ])("is sent again when the server %s", async (_, answer) => {
    const { outcome, methods } = await outcomeOf([answer, answer]);
    expect(outcome.type).toBe("patched");
    expect(methods).toEqual(["PATCH", "PATCH", "PATCH"]);
  });

  it.each([
    ["is overloaded", statusAnswer(429, "too many requests")],
    ["fails", statusAnswer(500, "etcd leader changed")],
    ["is starting", statusAnswer(503, "starting")],
    ["knows no role yet", statusAnswer(403, "deployments.apps is forbidden")],
  ])("is sent again when the server %s while we ask what became of it", async (_, answer) => {
    const { outcome, methods } = await outcomeOf([failedTest, answer, failedTest, patched]);
    expect(outcome.type).toBe("patched");
    expect(methods).toEqual(["PATCH", "GET", "PATCH", "GET"]);
  });

  it("is a conflict when somebody else's change stands", async () => {
    const { outcome } = await outcomeOf([failedTest, untouched]);
    expect(outcome.type).toBe("conflict");
  });

  it("is forbidden when the refusal lasts", async () => {
    const { outcome } = await outcomeOf(
      Array.from({ length: 50 }, () => statusAnswer(403, "no longer yours")),
    );
    expect(outcome).toEqual({ type: "forbidden", reason: "no longer yours" });
  });

  it("is refused at once when admission refuses it", async () => {
    const { outcome, methods } = await outcomeOf([
      statusAnswer(403, 'admission webhook "x" denied the request: no'),
    ]);
    expect(outcome.type).toBe("refused");
    expect(methods).toEqual(["PATCH"]);
  });

  it.each([
    ["no answer that asks to come back", statusAnswer(500, "etcd leader changed")],
    ["an answer that asks to come back", statusAnswer(503, "starting", { "retry-after": "0" })],
    ["a failed test and no look at the site", failedTest],
  ])("is not sent again for a rollout that was taken over meanwhile, after %s", async (_, answer) => {
    let confirmations = 0;
    const confirm = async () => {
      confirmations += 1;
      if (confirmations === 2) throw new Error("the Lease was taken over");
    };
    const requests: string[] = [];
    const server = await scriptedServer((method) => {
      requests.push(method);
      return method === "GET" ? statusAnswer(503, "starting") : answer;
    });
    const sending = patchSite(server.client, patch, confirm, new AbortController().signal);
    await expect(sending).rejects.toThrow("the Lease was taken over");
    expect(requests.filter((method) => method === "PATCH")).toHaveLength(1);
  });
});
