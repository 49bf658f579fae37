import type { ObservedSite } from "./observed-site.ts";

/** Why a site may be offline for a moment while its pods are replaced. */
export interface OfflineRisk {
  readonly code: "recreate" | "unavailable" | "no-readiness-probe" | "no-pre-stop" | "suspended";
  readonly message: string;
}

/**
 * What keeps a site from staying online during a change of its template, as its Deployment is: the strategy, a missing
 * readiness probe (pods count as available as soon as they start), a missing preStop (pods end while they are still
 * sent requests).
 *
 * @param container the container that serves the site
 */
export function offlineRisks(site: ObservedSite, container: string): OfflineRisk[] {
  if (site.replicas === 0)
    return [{ code: "suspended", message: "it has 0 replicas and is offline already" }];
  const risks: OfflineRisk[] = [];
  if (site.strategy.type === "Recreate") {
    risks.push({
      code: "recreate",
      message: "its strategy Recreate ends the old pods before the new ones start",
    });
  } else if (mayLoseAllPods(site)) {
    risks.push({ code: "unavailable", message: "its maxUnavailable lets all its pods be away at once" });
  }
  const serving = site.containers.find(({ name }) => name === container);
  if (serving?.hasReadinessProbe === false) {
    risks.push({
      code: "no-readiness-probe",
      message: "without a readinessProbe it is sent requests before it is ready",
    });
  }
  if (serving?.hasPreStop === false) {
    risks.push({
      code: "no-pre-stop",
      message: "without a preStop sleep it ends while requests are still on their way",
    });
  }
  return risks;
}

/** As the Deployment controller resolves them: unavailable rounded down, surge up, and 1 unavailable when both are 0. */
function mayLoseAllPods({ replicas, strategy }: ObservedSite): boolean {
  const unavailable = resolve(strategy.maxUnavailable ?? "25%", replicas, Math.floor);
  const surge = resolve(strategy.maxSurge ?? "25%", replicas, Math.ceil);
  const away = unavailable === 0 && surge === 0 ? 1 : unavailable;
  return away >= replicas;
}

function resolve(value: number | string, replicas: number, round: (value: number) => number): number {
  return typeof value === "number" ? value : round((Number.parseFloat(value) * replicas) / 100);
}
