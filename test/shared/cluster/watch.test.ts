import { describe, expect, it } from "vitest";
import { watchObjects, type WatchEvent } from "../../../shared/cluster/watch.ts";
import { scriptedServer, statusAnswer, type ScriptedAnswer } from "./scripted-server.ts";

const path = "/api/v1/configmaps";
const list: ScriptedAnswer = { status: 200, body: { metadata: { resourceVersion: "1" }, items: [] } };
const changed = (resourceVersion: string) =>
  `${JSON.stringify({ type: "ADDED", object: { metadata: { resourceVersion } } })}\n`;
const gone = `${JSON.stringify({ type: "ERROR", object: { code: 410, message: "too old" } })}\n`;

/** The answer to a watch, by its number; lists are always answered. */
function byWatch(answer: (watch: number) => ScriptedAnswer) {
  let watches = 0;
  return (_: string, url: URL) => (url.searchParams.has("watch") ? answer((watches += 1)) : list);
}

describe("a watch against a server that is not well", () => {
  it.each([
    ["ends each stream at once", ""],
    ["no longer has our place, again and again", gone],
  ])("does not hurry when the server %s", async (_, body) => {
    const end = new AbortController();
    const times: number[] = [];
    const { client } = await scriptedServer(
      byWatch((watch) => {
        times.push(performance.now());
        if (watch === 4) end.abort();
        return { status: 200, body };
      }),
    );
    for await (const event of watchObjects(client, path, (raw) => raw, { signal: end.signal })) {
      expect(event).toEqual({ type: "listed", items: [] });
    }
    // 250, 500 and 1000 ms; timers may be a little early.
    const [first = 0, second = 0, third = 0, fourth = 0] = times;
    expect([second - first > 240, third - second > 480, fourth - third > 960]).toEqual([true, true, true]);
  });

  it("goes on after an orderly end", async () => {
    const end = new AbortController();
    const { client } = await scriptedServer(
      byWatch((watch) => ({ status: 200, body: watch % 2 === 1 ? changed(String(watch)) : "" })),
    );
    const seen: WatchEvent<unknown>["type"][] = [];
    for await (const event of watchObjects(client, path, (raw) => raw, { signal: end.signal })) {
      seen.push(event.type);
      if (seen.length === 3) end.abort();
    }
    expect(seen).toEqual(["listed", "changed", "changed"]);
  });

  it("tries again when it is refused what it was allowed before, as by a server that has just started", async () => {
    const end = new AbortController();
    const { client } = await scriptedServer(
      byWatch((watch) =>
        watch === 1
          ? { status: 200, body: changed("2") }
          : watch < 4
            ? statusAnswer(403, "forbidden: RBAC is not filled yet")
            : { status: 200, body: changed("3") },
      ),
    );
    const interruptions: (string | undefined)[] = [];
    const seen: string[] = [];
    for await (const event of watchObjects(client, path, (raw) => raw, {
      signal: end.signal,
      onInterruption: (error) => interruptions.push(error?.message),
    })) {
      seen.push(event.type);
      if (seen.length === 3) end.abort();
    }
    expect(seen).toEqual(["listed", "changed", "changed"]);
    expect(interruptions).toEqual([
      expect.stringContaining("RBAC"),
      expect.stringContaining("RBAC"),
      undefined,
    ]);
  });

  it("ends when the refusal lasts", async () => {
    const { client } = await scriptedServer(byWatch(() => statusAnswer(403, "taken away")));
    const watching = watchObjects(client, path, (raw) => raw, { signal: new AbortController().signal });
    await watching.next();
    await expect(watching.next()).rejects.toMatchObject({ status: 403 });
  });
});
