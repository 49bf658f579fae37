import { describe, expect, it } from "vitest";
import { sortSites } from "../../../plugin/sites/sort-sites.ts";
import type { SiteSummary } from "../../../plugin/sites/site-summary.ts";

function site(name: string, version: string, createdAt: string): SiteSummary {
  const rest = {
    image: "",
    ready: 1,
    replicas: 1,
    held: false,
    paused: false,
    withinLimits: true,
    violations: [],
  };
  return { namespace: "shops", name, version, createdAt, ...rest };
}

const sites = [
  site("c", "v0.9", "2026-03-01T00:00:00Z"),
  site("a", "v0.10", "2026-02-01T00:00:00Z"),
  site("b", "v0.9", "2026-01-01T00:00:00Z"),
];
const namesBy = (by?: string) =>
  sortSites(sites, by)
    .map(({ name }) => name)
    .join("");

describe("sites", () => {
  it("are sorted by name where nothing else is asked for", () => expect(namesBy()).toBe("abc"));
  it("are sorted by a column in any case, versions by their numbers", () =>
    expect(namesBy("Version")).toBe("bca"));
  it("are sorted by age as it was, not as it is written", () => expect(namesBy("AGE")).toBe("bac"));
  it.each([".createdAt", "{.createdAt}"])("are sorted by the field %s", (field) =>
    expect(namesBy(field)).toBe("bac"),
  );
  it("are not sorted by what is no column", () => {
    expect(() => namesBy("agee")).toThrow(
      "--sort-by is a column or a field such as .createdAt, not 'agee'; did you mean AGE?",
    );
  });
});
