import { describe, expect, it } from "vitest";
import { siteDefaultsSchema } from "../../../shared/site/site-defaults.ts";

describe("the operator's site defaults", () => {
  it("have a default for every field", () => {
    expect(siteDefaultsSchema.parse({})).toMatchObject({
      image: { repository: "ghcr.io/subscribie/subscribie", version: "v0.10" },
      host: "{site}.sites.localhost",
      readiness: { path: "/health" },
    });
  });

  it("can be given in part, at any depth", () => {
    const defaults = siteDefaultsSchema.parse({ resources: { limits: { memory: "1Gi" } } });
    expect(defaults.resources.limits).toEqual({ cpu: "500m", memory: "1Gi", "ephemeral-storage": "1Gi" });
  });

  it.each([
    ["a field that does not exist", { ingres: {} }],
    ["a field that does not exist, deeper", { ingress: { tls: { secret: "x" } } }],
    ["a host without the site's name", { host: "shop.example.com" }],
    ["a host without a domain", { host: "{site}" }],
    ["less time to stop than the pod waits", { preStopSeconds: 40 }],
    ["a quantity that is none", { storage: { size: "big" } }],
  ])("are refused with %s", (_, defaults) => {
    expect(siteDefaultsSchema.safeParse(defaults).success).toBe(false);
  });
});
