/**
 * Runs plans in turn, round by round, and drops those that have no chance any more.
 *
 * @module
 */
import { CancelledError } from "../../errors.js";
import type { Trial } from "./advice.js";
import { Contender, type Course } from "./contender.js";
import type { AdviseStep } from "./options.js";
import { inline, type Plan, planName } from "./plan.js";
import { Standings } from "./standings.js";

/** What a race is bounded by. */
export interface RaceLimits {
  /** When the budget is used up, by `performance.now()`. What it takes to start workers comes on top. */
  readonly end: number;
  readonly tell: (phase: AdviseStep["phase"], plan: Plan) => void;
}

/** Rounds that there are whatever the budget is: no plan is chosen for what it took when it was started. */
const certainRounds = 2;

/** Rounds until the choice may be clear enough to end early; and the most. */
const leastRounds = 6;
const mostRounds = 40;

/** A lead that more time is worth, where it can't be told from chance. */
const muchAhead = 1.08;

/** Slower than the leader by this when it was started: it does not run again. */
const outOfReach = 6;

/** … and by this, in whatever run. */
const beyondDoubt = 40;

interface Entry {
  readonly contender: Contender;
  outcome: "running" | "left" | "failed" | "skipped";
  reason: string | undefined;
}

/** A comparison of plans. */
export class Race {
  readonly standings = new Standings();
  readonly #course: Course;
  readonly #limits: RaceLimits;
  readonly #entries = new Map<string, Entry>();
  #round = 0;
  /** ms that it took to start workers. */
  #starting = 0;

  constructor(course: Course, limits: RaceLimits) {
    this.#course = course;
    this.#limits = limits;
  }

  /** The plans that can run the function. */
  get plans(): Plan[] {
    return this.#all()
      .filter(({ outcome }) => outcome !== "failed")
      .map(({ contender }) => contender.plan);
  }

  /** Items of a run of a plan. */
  itemsOf(plan: Plan): number {
    return this.#entries.get(planName(plan))?.contender.items ?? 0;
  }

  /** Makes plans ready: each that takes part has started, and been measured once. */
  async enter(plans: readonly Plan[]): Promise<void> {
    for (const plan of plans) {
      const name = planName(plan);
      if (this.#entries.has(name)) continue;
      const contender = new Contender(plan, this.#course);
      const entry: Entry = { contender, outcome: "running", reason: undefined };
      this.#entries.set(name, entry);
      const left = this.#limits.end + this.#starting - performance.now();
      // each pool has its chance, whatever the budget is; and so has all that is simpler
      const known = this.plans.some(
        (other) => other.executor === plan.executor && this.standings.perItem(other) !== undefined,
      );
      if (known && plan.executor !== "async" && contender.firstTime * 3 > left) {
        entry.outcome = "skipped";
        entry.reason = "the budget was too short";
        continue;
      }
      this.#limits.tell("start", plan);
      await this.#attempt(entry, async () => this.standings.estimate(plan, await contender.start()));
      this.#starting += contender.waited;
    }
    for (const entry of this.#running()) {
      const { plan } = entry.contender;
      const behind = (): number => this.standings.ratio(plan, this.standings.leader(this.plans))?.median ?? 1;
      if (isInline(entry) || this.standings.rounds(plan) > 0 || behind() <= outOfReach) continue;
      // a busy machine may have held up one run
      if (behind() < beyondDoubt) {
        const first = this.standings.perItem(plan)?.median ?? Number.POSITIVE_INFINITY;
        await this.#attempt(entry, async () =>
          this.standings.estimate(plan, Math.min(first, await entry.contender.run())),
        );
      }
      if (entry.outcome === "running" && behind() > outOfReach) await this.#leave(entry);
    }
  }

  /**
   * Runs rounds until a time, or until more of them would change nothing.
   * @param early - ms before the end of the budget.
   */
  async run(early: number): Promise<void> {
    const end = this.#limits.end + this.#starting - early;
    for (let rounds = 0; rounds < mostRounds; rounds++) {
      const late = rounds >= certainRounds && performance.now() >= end;
      if (late || this.#running().length < 2) return;
      if (
        rounds >= leastRounds &&
        !this.standings.isOpen(this.#running().map(({ contender }) => contender.plan))
      )
        return;
      const round = this.#round++;
      await this.#measure(round, this.#order(round), rounds < certainRounds ? undefined : end);
      for (const entry of this.#running()) {
        if (this.standings.isHopeless(entry.contender.plan, this.plans)) await this.#leave(entry);
      }
    }
  }

  /**
   * Gives what is left of the budget to those between which the choice is open: the leader, and the simpler plan that would
   * be chosen since nothing beats it for certain. Where the leader is ahead by more than a little, half of the budget again.
   * To measure the best and its strongest rival is the rule of LUCB (S. Kalyanakrishnan and others: PAC Subset Selection in
   * Stochastic Multi-armed Bandits. ICML 2012).
   * @param budget - ms.
   */
  async decide(budget: number): Promise<void> {
    const end = this.#limits.end + this.#starting;
    for (let rounds = 0; rounds < mostRounds; rounds++) {
      const running = this.#running();
      const plans = running.map(({ contender }) => contender.plan);
      if (plans.length < 2 || (rounds >= certainRounds && !this.standings.isOpen(plans))) return;
      const leader = this.standings.leader(plans);
      const choice = this.standings.choice(plans);
      const now = performance.now();
      const ahead = this.standings.ratio(choice, leader)?.median ?? 1;
      if (now >= end && (ahead < muchAhead || now >= end + budget / 2)) return;
      const names = new Set([inline, leader, choice].map(planName));
      const round = this.#round++;
      const open = this.#order(round).filter(({ contender }) => names.has(planName(contender.plan)));
      // nothing beats the leader: what comes after it may
      const rival = names.size < 3 && this.#rival(plans, names);
      const entry = rival && this.#entries.get(planName(rival));
      await this.#measure(round, entry ? [...open, entry] : open);
    }
  }

  /** The quickest of the plans that are not among those named. */
  #rival(plans: readonly Plan[], names: ReadonlySet<string>): Plan | undefined {
    const others = plans.filter((plan) => !names.has(planName(plan)));
    const speed = (plan: Plan): number => this.standings.ratio(inline, plan)?.median ?? 0;
    return others.toSorted((one, other) => speed(other) - speed(one))[0];
  }

  /** The quickest pool, if it is behind the leader by no more than a factor. */
  bestPool(factor: number): Plan | undefined {
    const pools = this.#running()
      .map(({ contender }) => contender.plan)
      .filter(({ executor }) => executor === "thread" || executor === "process");
    const leader = this.standings.leader(this.plans);
    const ranked = pools
      .map((plan) => ({
        plan,
        ratio: this.standings.ratio(plan, leader)?.median ?? Number.POSITIVE_INFINITY,
      }))
      .toSorted((one, other) => one.ratio - other.ratio);
    return ranked[0] && ranked[0].ratio <= factor ? ranked[0].plan : undefined;
  }

  /** What became of all plans, the quickest first. */
  trials(chosen: Plan): Trial[] {
    const speed = ({ gain }: Trial): number => gain?.median ?? 0;
    return this.#all()
      .map(({ contender, outcome, reason }): Trial => {
        const { plan, startUp, loopShare } = contender;
        const name = planName(plan);
        return {
          plan,
          name,
          outcome: name === planName(chosen) ? "chosen" : outcome === "running" ? "compared" : outcome,
          reason,
          perItem: this.standings.perItem(plan),
          gain: this.standings.ratio(inline, plan),
          rounds: this.standings.rounds(plan),
          startUp,
          loopShare,
        };
      })
      .toSorted((one, other) => speed(other) - speed(one));
  }

  /** Ends all workers. */
  async close(): Promise<void> {
    await Promise.all(this.#all().map(({ contender }) => contender.close()));
  }

  async #measure(round: number, entries: readonly Entry[], end = Number.POSITIVE_INFINITY): Promise<void> {
    for (const entry of entries) {
      if (performance.now() >= end) return;
      this.#limits.tell("compare", entry.contender.plan);
      const { contender } = entry;
      await this.#attempt(entry, async () =>
        this.standings.record(contender.plan, round, await contender.run()),
      );
    }
  }

  async #attempt(entry: Entry, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      // all are measured by the plain loop: without it there is nothing to tell
      if (isInline(entry) || error instanceof CancelledError || this.#course.signal?.aborted) throw error;
      entry.outcome = "failed";
      entry.reason =
        error instanceof Error ? `${error.name}: ${error.message.split("\n", 1)[0]}` : String(error);
      await entry.contender.close();
    }
  }

  /** The plain loop first, since all are measured by it; the others in another order each time. */
  #order(round: number): Entry[] {
    const [first, ...others] = this.#running();
    if (!first) return [];
    const turned = others.map((_, at) => others[(at + round) % others.length]!);
    return [first, ...(round % 2 === 0 ? turned : turned.toReversed())];
  }

  async #leave(entry: Entry): Promise<void> {
    entry.outcome = "left";
    await entry.contender.close();
  }

  #running(): Entry[] {
    return this.#all().filter(({ outcome }) => outcome === "running");
  }

  #all(): Entry[] {
    return [...this.#entries.values()];
  }
}

function isInline({ contender }: Entry): boolean {
  return contender.plan.executor === "inline";
}
