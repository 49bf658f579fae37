import type { ObservedSite } from "./observed-site.ts";

/**
 * Why a site may go offline while its template changes; empty for one that stays online. A rolling update alone does
 * not keep a site online: the new pod must be known to be ready before the old one goes (surge, readiness probe), and
 * the old one must go on answering until everybody has heard that it goes (preStop).
 */
export function offlineRisks(site: ObservedSite, container: string): string[] {
  if (site.replicas === 0) return [];
  if (site.strategy.type === "Recreate") return ["strategy Recreate ends the old pod first"];
  const risks: string[] = [];
  const surge = resolve(site.strategy.maxSurge ?? "25%", site.replicas, Math.ceil);
  const unavailable = resolve(site.strategy.maxUnavailable ?? "25%", site.replicas, Math.floor);
  // With both at 0 the controller takes maxUnavailable 1 (deployment_util.go, ResolveFenceposts).
  if (unavailable >= site.replicas || (surge === 0 && site.replicas === 1)) {
    risks.push("its strategy lets all of its pods go before new ones are ready");
  }
  const found = site.containers.find(({ name }) => name === container);
  if (found?.hasReadinessProbe === false) risks.push("no readiness probe");
  if (found?.hasPreStop === false) risks.push("no preStop hook");
  return risks;
}

function resolve(value: number | string, replicas: number, round: (value: number) => number): number {
  if (typeof value === "number") return value;
  const percent = Number.parseFloat(value);
  return Number.isNaN(percent) ? 0 : round((percent * replicas) / 100);
}
