import { siteKey, type ObservedSite } from "../../../shared/rollout/observed-site.ts";
import { planUpgrade } from "../../../shared/rollout/plan-upgrade.ts";
import { advance } from "../../../shared/rollout/rollout-machine.ts";
import type { PlannedSite } from "../../../shared/rollout/rollout-plan.ts";
import { rolloutResult } from "../../../shared/rollout/rollout-result.ts";
import {
  createRolloutState,
  unfinishedCount,
  type RolloutEvent,
  type RolloutIntent,
  type RolloutState,
  type SiteProgress,
} from "../../../shared/rollout/rollout-state.ts";
import type { RolloutStrategy } from "../../../shared/rollout/strategy.ts";
import { image11, observedSite, replicaSetIndex } from "./site-fixture.ts";

/** What becomes of a site when it is patched. */
export const fates = [
  "healthy",
  "healthy",
  "healthy",
  "flapping",
  "broken",
  "slow",
  "stuck",
  "conflict",
  "refused",
  "gone",
] as const;
export type Fate = (typeof fates)[number];

/** One thing that may happen next; `pick` chooses among the sites that it can happen to. */
export interface Happening {
  readonly what:
    | "answer"
    | "progress"
    | "deliver"
    | "deliverOld"
    | "diagnose"
    | "wait"
    | "restart"
    | "pause"
    | "interrupt"
    | "abort"
    | "delete"
    | "hold"
    | "look"
    | "loseSight"
    | "regainSight";
  readonly pick: number;
}

interface SimulatedSite {
  readonly key: string;
  readonly fate: Fate;
  now: ObservedSite | undefined;
  readonly past: ObservedSite[];
  patches: number;
}

const id = "u-20261123-203015-x7k2";
const reason = { code: "ImagePullBackOff", message: "ImagePullBackOff: no such image", isTerminal: true };

/**
 * A model of a cluster and of a driver, with the state machine between them: PATCHes whose answers are late, a
 * controller that takes its time, a watch that is late and repeats itself, a driver that dies. It fails with an Error as
 * soon as a rule of the machine is broken.
 */
export class RolloutSimulation {
  readonly sites: SimulatedSite[];
  readonly strategy: RolloutStrategy;
  state: RolloutState;
  now = 1_000;
  wakeAt: number | undefined;
  asked: PlannedSite[] = [];
  diagnoses: string[] = [];
  /** A look at all sites was asked for. */
  lookAsked = false;
  unseen = false;
  stopped = false;
  rollbackStarted = false;
  changes = 0;
  readonly startedInWave = new Map<string, number>();

  constructor(siteFates: readonly Fate[], strategy: RolloutStrategy) {
    this.sites = siteFates.map((fate, index) => {
      const name = `shop-${index}`;
      return { key: `shops/${name}`, fate, now: observedSite({ name }), past: [], patches: 0 };
    });
    this.strategy = strategy;
    this.state = this.plan(new Map());
    this.start();
  }

  happen({ what, pick }: Happening): void {
    switch (what) {
      case "answer":
        return this.answer(pick);
      case "progress":
        return this.progress(choose(this.sites, pick));
      case "deliver":
        return this.deliver(choose(this.sites, pick));
      case "deliverOld":
        return this.deliverOld(choose(this.sites, pick));
      case "diagnose":
        return this.diagnose(pick);
      case "wait":
        return this.wait([1, 500, 9_000, 31_000, 700_000][pick % 5] ?? 1);
      case "restart":
        return this.restart();
      case "delete":
        return this.delete(choose(this.sites, pick));
      case "hold":
        return this.hold(choose(this.sites, pick));
      case "look":
        return this.look();
      case "loseSight":
        this.unseen = true;
        return this.tell({ type: "sightLost" });
      case "regainSight":
        return this.regainSight();
      case "pause":
      case "interrupt":
      case "abort":
        this.stopped = true;
        return this.tell({ type: "stopRequested", cause: what });
    }
  }

  /** Lets everything that is under way come to its end; true when the rollout ended. */
  runToEnd(): boolean {
    this.regainSight();
    for (let round = 0; round < 10_000 && this.state.phase === "Progressing"; round += 1) {
      const changesBefore = this.changes;
      this.look();
      while (this.asked.length > 0) this.answer(0);
      while (this.diagnoses.length > 0) this.diagnose(0);
      for (const site of this.sites) {
        this.progress(site);
        this.deliver(site);
      }
      // The cluster is faster than any deadline, until it has nothing more to do than to flap.
      if (this.changes > changesBefore && round < 500) this.wait(100);
      else if (this.wakeAt !== undefined) this.wait(Math.max(1, this.wakeAt - this.now));
    }
    return this.state.phase !== "Progressing";
  }

  private plan(earlierFailures: ReadonlyMap<string, string>): RolloutState {
    const listed = this.sites.flatMap((site) => site.now ?? []);
    const plan = planUpgrade(listed, replicaSetIndex(), {
      id,
      container: "subscribie",
      strategy: this.strategy,
      target: { kind: "tag", tag: "v0.11" },
    });
    return createRolloutState(plan, this.now, earlierFailures);
  }

  private start(): void {
    for (const site of this.sites)
      if (site.now !== undefined) this.tell({ type: "observed", observed: site.now });
    this.tell({ type: "started" });
  }

  /** The driver dies; PATCHes under way were stored or lost, its record was written or not. */
  private restart(): void {
    if (this.state.phase === "Aborted") return;
    for (const planned of this.asked) if (this.now % 2 === 0) this.store(planned);
    this.asked = [];
    this.diagnoses = [];
    this.wakeAt = undefined;
    this.lookAsked = false;
    this.unseen = false;
    this.stopped = false;
    this.startedInWave.clear();
    const failed = rolloutResult(this.state).sites.filter(({ outcome }) => outcome === "failed");
    const recorded = this.now % 3 === 0 ? [] : failed;
    this.state = this.plan(new Map(recorded.map((site) => [siteKey(site), site.reason])));
    this.start();
  }

  private tell(event: RolloutEvent): void {
    const wasOver = this.state.phase !== "Progressing";
    const { wave } = this.state;
    const intents = advance(this.state, event, this.now);
    if (wasOver && intents.length > 0) throw new Error("an intent came after the end");
    if (this.state.wave > wave && this.strategy.soakMs > 0 && event.type !== "looked")
      throw new Error("a wave began without a look at the one before");
    for (const intent of intents) this.carryOut(intent);
    this.checkRules(intents);
  }

  private carryOut(intent: RolloutIntent): void {
    switch (intent.type) {
      case "patch":
        this.asked.push(intent.site);
        this.startedInWave.set(siteKey(intent.site), this.state.wave);
        return;
      case "diagnose":
        this.diagnoses.push(siteKey(intent.site));
        return;
      case "look":
        if (this.lookAsked) throw new Error("a look was asked for twice");
        this.lookAsked = true;
        return;
      case "wakeAt":
        if (this.wakeAt !== undefined && intent.at >= this.wakeAt) throw new Error("a wake-up was put off");
        this.wakeAt = intent.at;
        return;
      case "startRollback":
        this.rollbackStarted = true;
        return;
      case "notice":
      case "finished":
        return;
    }
  }

  private checkRules(intents: readonly RolloutIntent[]): void {
    const { strategy } = this.state.plan;
    const entries = [...this.state.sites.values()];
    const started = intents.filter((intent) => intent.type === "patch");
    const unfinished = entries.filter(({ step }) => step === "patching" || step === "waiting");
    if (unfinished.length !== unfinishedCount(this.state)) throw new Error("the counts are wrong");
    if (started.length === 0) return;
    if (unfinished.length > strategy.inFlight)
      throw new Error("more sites are unfinished than may be in flight");
    if (this.unseen) throw new Error("a site was started while nobody saw the sites");
    if (this.stopped) throw new Error("a site was started after a stop was asked for");
    this.checkBudget(entries);
    const { wave } = this.state;
    if (unfinished.some((site) => site.wave < wave))
      throw new Error("a wave began before the one before was through");
    const inWave = [...this.startedInWave.values()].filter((started) => started === wave).length;
    const leftAlone = entries.filter((site) => site.wave === wave && isLeftAlone(site)).length;
    const size = strategy.waves[wave];
    if (size !== undefined && inWave - leftAlone > size)
      throw new Error("a wave has more sites than its size");
  }

  private checkBudget(entries: readonly SiteProgress[]): void {
    const { strategy } = this.state.plan;
    const failed = entries.filter(({ step, carriedOver }) => step === "failed" && !carriedOver);
    if (failed.length > strategy.maxFailures)
      throw new Error("a site was started after the budget was spent");
    const failedCanary = failed.some(
      ({ wave }) => wave < strategy.waves.length && this.state.wave <= strategy.waves.length,
    );
    if (failedCanary && this.state.wave < strategy.waves.length) {
      throw new Error("a site was started after a canary failed");
    }
  }

  private answer(pick: number): void {
    const planned = choose(this.asked, pick);
    if (planned === undefined) return;
    this.asked = this.asked.filter((other) => other !== planned);
    const key = siteKey(planned);
    const site = this.sites.find((other) => other.key === key);
    if (this.state.stop !== undefined && pick % 2 === 1) {
      this.tell({ type: "patchFailed", site: key, failure: "not-sent", reason: "stopped" });
      return;
    }
    const fate = site?.now === undefined ? "gone" : (site.fate ?? "gone");
    if (fate === "conflict" || fate === "refused" || fate === "gone") {
      this.tell({ type: "patchFailed", site: key, failure: fate, reason: fate });
      return;
    }
    this.store(planned);
    if (site?.now !== undefined) this.tell({ type: "patched", site: key, observed: site.now });
  }

  private store(planned: PlannedSite): void {
    const site = this.sites.find(({ key }) => key === siteKey(planned));
    if (site?.now === undefined || ["conflict", "refused", "gone"].includes(site.fate)) return;
    site.patches += 1;
    if (site.patches > 1) throw new Error(`${site.key} was patched twice`);
    this.change(site, {
      image: image11,
      generation: site.now.generation + 1,
      observedGeneration: site.now.generation,
      annotations: { rollout: id, previousImage: planned.from },
    });
  }

  /** The Deployment controller and the kubelet do one thing for the site. */
  private progress(site: SimulatedSite | undefined): void {
    const seen = site?.now;
    if (site === undefined || seen === undefined || seen.annotations.rollout !== id || site.fate === "stuck")
      return;
    if (seen.observedGeneration < seen.generation) {
      this.change(site, {
        observedGeneration: seen.generation,
        status: { replicas: 1, updated: 0, available: 1 },
      });
    } else if (seen.status.updated === 0) {
      this.change(site, { status: { replicas: 2, updated: 1, available: 1 } });
    } else if (
      seen.status.replicas === 2 &&
      (site.fate === "healthy" || (site.fate === "slow" && this.now > 50_000))
    ) {
      this.change(site, { status: { replicas: 1, updated: 1, available: 1 } });
    } else if (site.fate === "flapping") {
      const available = seen.status.replicas === 2 ? 1 : 1 - seen.status.available;
      this.change(site, { status: { replicas: 1, updated: 1, available } });
    }
  }

  private change(site: SimulatedSite, different: Parameters<typeof observedSite>[0]): void {
    if (site.now === undefined) return;
    this.changes += 1;
    site.past.push(site.now);
    site.now = observedSite({
      ...site.now,
      image: site.now.containers[0]?.image ?? "",
      ...withImage(different),
    });
  }

  private look(): void {
    if (!this.lookAsked || this.unseen) return;
    this.lookAsked = false;
    for (const site of this.sites) this.deliver(site);
    this.tell({ type: "looked" });
  }

  private regainSight(): void {
    if (!this.unseen) return;
    this.unseen = false;
    this.tell({ type: "sightRegained" });
  }

  private deliver(site: SimulatedSite | undefined): void {
    if (this.unseen) return;
    if (site?.now !== undefined) this.tell({ type: "observed", observed: site.now });
  }

  private deliverOld(site: SimulatedSite | undefined): void {
    const old = this.unseen ? undefined : site?.past.at(-1);
    if (old !== undefined) this.tell({ type: "observed", observed: old });
  }

  private diagnose(pick: number): void {
    const key = choose(this.diagnoses, pick);
    if (key === undefined) return;
    this.diagnoses = this.diagnoses.filter((other) => other !== key);
    const isBroken = this.sites.find((site) => site.key === key)?.fate === "broken";
    this.tell({ type: "diagnosed", site: key, reason: isBroken ? reason : undefined });
  }

  private delete(site: SimulatedSite | undefined): void {
    if (site?.now === undefined) return;
    site.now = undefined;
    this.tell({ type: "deleted", site: site.key });
  }

  private hold(site: SimulatedSite | undefined): void {
    if (site?.now === undefined) return;
    this.change(site, { held: true });
    this.deliver(site);
  }

  private wait(milliseconds: number): void {
    this.now += milliseconds;
    if (this.wakeAt === undefined || this.wakeAt > this.now) return;
    this.wakeAt = undefined;
    this.tell({ type: "tick" });
  }
}

function withImage(different: Parameters<typeof observedSite>[0] = {}): Parameters<typeof observedSite>[0] {
  const { image, ...rest } = different;
  if (image === undefined) return rest;
  return { ...rest, containers: [{ name: "subscribie", image, hasReadinessProbe: true, hasPreStop: true }] };
}

function isLeftAlone({ step }: SiteProgress): boolean {
  return step === "conflict" || step === "skipped";
}

function choose<T>(list: readonly T[], pick: number): T | undefined {
  return list[pick % Math.max(1, list.length)];
}
