import { formatAge } from "../terminal/age.ts";
import type { SiteSummary } from "./site-summary.ts";

interface SiteColumn {
  readonly heading: string;
  readonly cell: (site: SiteSummary, now: number) => string;
  /** What sorting by the column compares; its cell unless given. */
  readonly field?: keyof SiteSummary;
  readonly shown: "always" | "wide" | "everywhere";
}

/** The columns in their order: NAMESPACE only with -A, NAME first and AGE last, as kubectl has them. */
export const siteColumns: readonly SiteColumn[] = [
  { heading: "NAMESPACE", cell: (site) => site.namespace, shown: "everywhere" },
  { heading: "NAME", cell: (site) => site.name, shown: "always" },
  { heading: "VERSION", cell: (site) => site.version, shown: "always" },
  { heading: "READY", cell: readiness, field: "ready", shown: "always" },
  { heading: "URL", cell: (site) => site.url ?? "<none>", shown: "always" },
  { heading: "ROLLOUT", cell: (site) => site.rollout ?? "<none>", shown: "always" },
  { heading: "LIMITS", cell: limits, field: "withinLimits", shown: "wide" },
  { heading: "IMAGE", cell: (site) => site.image, shown: "wide" },
  {
    heading: "AGE",
    cell: (site, now) => formatAge(site.createdAt, now),
    field: "createdAt",
    shown: "always",
  },
];

function readiness(site: SiteSummary): string {
  const notes = `${site.held ? " held" : ""}${site.paused ? " paused" : ""}`;
  return `${site.ready}/${site.replicas}${notes}`;
}

function limits({ violations }: SiteSummary): string {
  const [first = "", ...others] = violations;
  if (violations.length === 0) return "within";
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
