import fc from "fast-check";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { renderFleetPage } from "../../../plugin/report/fleet-page.ts";
import { versionsOverTime } from "../../../plugin/report/fleet-versions.ts";
import { html } from "../../../plugin/report/html.ts";
import { pageStyle } from "../../../plugin/report/page-style.ts";
import { percentilesOf } from "../../../plugin/report/percentiles.ts";
import { renderRolloutPage } from "../../../plugin/report/rollout-page.ts";
import { rolloutTimeline } from "../../../plugin/report/rollout-timeline.ts";
import { showTime, timeTicks } from "../../../plugin/report/time-axis.ts";
import type { RolloutRecord } from "../../../shared/rollout/rollout-record.ts";
import type { RecordedSite } from "../../../shared/rollout/site-times.ts";

const generated = "2026-11-23T22:00:00.000Z";
const image = (version: string) => `ghcr.io/subscribie/subscribie:${version}`;

const record: RolloutRecord = {
  version: 1,
  id: "u-20261123-203015-x7k2",
  kind: "upgrade",
  target: "v0.11",
  container: "subscribie",
  selection: { namespace: "shops", names: [], exclude: [] },
  strategy: {
    canary: [],
    soakMs: 0,
    inFlight: { percent: 10 },
    inFlightAtLeast: 20,
    maxFailures: { count: 0 },
    onFailure: "pause",
  },
  phase: "Paused",
  cause: "failures",
  startedAt: "2026-11-23T20:30:15Z",
  updatedAt: "2026-11-23T20:30:25Z",
  finishedAt: "2026-11-23T20:30:25Z",
  startedBy: "sam",
  supersedes: [],
  counts: { total: 4, updated: 1, unchanged: 1, failed: 1, skipped: 0, pending: 1 },
  from: [{ image: image("v0.10"), sites: 3 }],
};

function site(name: string, outcome: RecordedSite["outcome"], times: object = {}, reason = ""): RecordedSite {
  const [from, to] = outcome === "unchanged" ? ["v0.11", "v0.11"] : ["v0.10", "v0.11"];
  return { namespace: "shops", name, outcome, from: image(from), to: image(to), reason, ...times };
}

const sites = [
  site("d", "unchanged"),
  site("c", "pending"),
  site("b", "failed", { startedMs: 200, finishedMs: 9_000 }, "no such <image> & \u001b[31mred"),
  site("a", "updated", { startedMs: 100, finishedMs: 2_100 }),
];

describe("a rollout's page", () => {
  const page = renderRolloutPage(record, rolloutTimeline(record, sites), generated);

  it("has a row a site in the order of their changes, with a bar where it was changed", () => {
    const rows = [...page.matchAll(/<tr>\s*<th scope="row">(shops\/[a-d])<\/th>.*?<\/tr>/gs)];
    expect(rows.map(([, name]) => name)).toEqual(["shops/a", "shops/b", "shops/c"]);
    expect(
      rows.map(([row]) => /<rect\s+class="(\w+)"\s+x="(\d+)"\s+width="(\d+)"/.exec(row)?.slice(1)),
    ).toEqual([["updated", "10", "200"], ["failed", "20", "880"], undefined]);
  });

  it("says how it went, and how long sites took", () => {
    const text = page
      .replace(/<style>.*<\/style>/s, "")
      .replace(/<[^>]+>/g, " ")
      .replace(/\s+/g, " ");
    expect(text).toContain("Upgrade to v0.11 (u-20261123-203015-x7k2)");
    expect(text).toContain("Paused: more sites failed than are tolerated.");
    expect(text).toContain("Took 10s");
    expect(text).toContain("Time to ready, p50 2s");
    expect(text).toContain("Unchanged 1");
  });

  it("shows strangers' text as text", () => {
    expect(page).toContain("no such &lt;image&gt; &amp; \\u{1b}[31mred");
    expect(page).not.toContain("<image>");
  });

  it("asks nothing of the outside, and allows nothing but its own style", () => {
    const style = /<style>(.*)<\/style>/s.exec(page)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(page).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\bstyle=|\bon\w+=|url\(|@import|https?:/i);
  });

  it("is whole: what is opened is closed, and no id is there twice", () => {
    expect(unclosedElements(page)).toEqual([]);
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of page.matchAll(/(?:href="#|aria-labelledby=")([^"]+)"/g)) expect(ids).toContain(id);
  });

  it("has headings for who listens to it, one below the other, and says each chart in words", () => {
    const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThan(2);
    for (const [svg] of page.matchAll(/<svg[^>]*>/g)) {
      expect(svg).toMatch(/aria-hidden="true"|role="img" aria-label="[^"]+"/);
    }
  });

  it("of a thousand sites stays below half a megabyte", () => {
    const many = Array.from({ length: 1_000 }, (_, index) =>
      site(`shop-with-a-usual-name-${index}`, "updated", {
        startedMs: index * 50,
        finishedMs: index * 50 + 3_000,
      }),
    );
    expect(renderRolloutPage(record, rolloutTimeline(record, many), generated).length).toBeLessThan(500_000);
  });

  it("groups failures by their reason, most sites first", () => {
    const failed = [
      site("a", "failed", {}, "x"),
      site("b", "failed", {}, "y"),
      site("c", "conflict", {}, "y"),
    ];
    expect(rolloutTimeline(record, failed).failures).toEqual([
      { reason: "y", sites: ["shops/b", "shops/c"] },
      { reason: "x", sites: ["shops/a"] },
    ]);
  });
});

/** Elements of a page that are not closed, or not in their order; a page of ours has no other void elements. */
function unclosedElements(page: string): readonly string[] {
  const open: string[] = [];
  for (const [, slash, name = ""] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (name === "meta") continue;
    if (slash === "") open.push(name);
    else if (open.at(-1) === name) open.pop();
    else return [...open, `/${name}`];
  }
  return open;
}

describe("the colours", () => {
  const [light = "", dark = ""] = pageStyle.split("@media (prefers-color-scheme: dark)");
  const coloursOf = (css: string) =>
    new Map([...css.matchAll(/--([\w-]+): (#[0-9a-f]+)/g)].map(([, name = "", hex = ""]) => [name, hex]));

  it.each([
    ["light", coloursOf(light)],
    ["dark", coloursOf(dark)],
  ])("of text and signs can be read on their ground: %s", (_, colours) => {
    expect(colours.size).toBeGreaterThan(15);
    for (const [name, colour] of colours) {
      if (["ground", "panel", "line"].includes(name)) continue;
      expect([name, contrast(colour, colours.get("ground") ?? "") >= 4.5]).toEqual([name, true]);
    }
    for (const name of ["text", "soft"]) {
      expect(contrast(colours.get(name) ?? "", colours.get("panel") ?? "")).toBeGreaterThanOrEqual(4.5);
    }
  });

  /** @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
  function contrast(one: string, other: string): number {
    const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
    return (lighter + 0.05) / (darker + 0.05);
  }

  function luminance(hex: string): number {
    const full = hex.length === 4 ? hex.replace(/[0-9a-f]/g, "$&$&") : hex;
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
      const channel = Number.parseInt(full.slice(start, start + 2), 16) / 255;
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }
});

describe("a fleet's page", () => {
  it("says that nothing is on record where nothing is", () => {
    const page = renderFleetPage({ of: "namespace shops", versions: new Map(), rollouts: [] }, generated);
    expect(page).toContain("No rollout is on record.");
    expect(page).toContain("No site failed.");
  });

  it("follows the versions from rollout to rollout", () => {
    const back: RolloutRecord = {
      ...record,
      id: "r-20261123-213015-x7k2",
      kind: "rollback",
      startedAt: "2026-11-23T21:30:15Z",
      finishedAt: "2026-11-23T21:30:16Z",
    };
    const returned = {
      ...site("a", "updated", { startedMs: 1, finishedMs: 2 }),
      from: image("v0.11"),
      to: image("v0.10"),
    };
    const points = versionsOverTime([
      { record: back, sites: [returned] },
      { record, sites },
    ]);
    expect(points.map(({ versions }) => Object.fromEntries(versions))).toEqual([
      { "v0.10": 3, "v0.11": 1 },
      { "v0.10": 1, "v0.11": 3 },
      { "v0.10": 1, "v0.11": 3 },
      { "v0.10": 2, "v0.11": 2 },
    ]);
  });
});

describe("html", () => {
  it("lets no text become markup", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const shown = html`<p title="${text}">${text}</p>`.text.slice(3, -4);
        expect(shown.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, "")).not.toMatch(/[<&']/);
        expect(shown.match(/[<>]/g)).toEqual([">"]);
      }),
    );
  });
});

describe("percentiles", () => {
  it("are values that were measured, by the nearest rank", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentilesOf(hundred)).toEqual({ count: 100, p50: 50, p90: 90, p99: 99, max: 100 });
    expect(percentilesOf([7])).toEqual({ count: 1, p50: 7, p90: 7, p99: 7, max: 7 });
    expect(percentilesOf([])).toBeUndefined();
  });
});

describe("a time axis", () => {
  it.each([
    [0, "0"],
    [250, "250ms"],
    [1_500, "1.5s"],
    [95_000, "1m 35s"],
    [180_000, "3m"],
    [7_500_000, "2h 5m"],
  ])("writes %d ms as %s", (milliseconds, text) => expect(showTime(milliseconds)).toBe(text));

  it("has round steps, and never more than it has room for", () => {
    expect(timeTicks(95_000, 5)).toEqual([0, 30_000, 60_000, 90_000]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 12 }), (endMs) => {
        expect(timeTicks(endMs, 10).length).toBeLessThanOrEqual(11);
      }),
    );
  });
});
