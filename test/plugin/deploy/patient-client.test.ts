import { describe, expect, it } from "vitest";
import { createPatientClient } from "../../../plugin/deploy/patient-client.ts";
import { scriptedServer, statusAnswer } from "../../shared/cluster/scripted-server.ts";
import type { ScriptedAnswer } from "../../shared/cluster/scripted-server.ts";

const forbidden = statusAnswer(403, 'services is forbidden: User "a" cannot patch resource "services"');
const ok: ScriptedAnswer = { status: 200, body: {} };

/** Asks twice of a server that gives these answers, the last one again and again. */
async function askTwice(...answers: readonly ScriptedAnswer[]) {
  const { client, requests } = await scriptedServer(
    (_method, _url, count) => answers[count - 1] ?? answers.at(-1) ?? ok,
  );
  const patient = createPatientClient(client, { patienceMs: 5_000, signal: new AbortController().signal });
  const ask = async () => await patient.request({ method: "GET", path: "/api" });
  await ask();
  await ask();
  return requests.length;
}

describe("a client with patience", () => {
  it("asks again while the API server has no time, or is behind a proxy that does not reach it", async () => {
    expect(await askTwice(ok, statusAnswer(503, "busy"), statusAnswer(502, "bad gateway"), ok)).toBe(4);
  });

  it("asks again when it is refused what it was allowed before, as by an API server that has just started", async () => {
    expect(await askTwice(ok, forbidden, forbidden, ok)).toBe(4);
  });

  it("takes a first refusal for what it is", async () => {
    await expect(askTwice(forbidden, ok)).rejects.toThrow("cannot patch resource");
  });

  it("does not ask again when a webhook or a quota refuses", async () => {
    const quota = statusAnswer(403, 'services "a" is forbidden: exceeded quota: q');
    await expect(askTwice(ok, quota, ok)).rejects.toThrow("exceeded quota");
    const webhook = statusAnswer(403, 'admission webhook "w" denied the request: no');
    await expect(askTwice(ok, webhook, ok)).rejects.toThrow("denied the request");
  });
});
