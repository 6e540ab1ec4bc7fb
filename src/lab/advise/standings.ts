/**
 * What has been measured of which plan, and what follows from it: which to choose, which to try no longer.
 *
 * @module
 */
import { bySimplicity, inline, type Plan, planName } from "./plan.js";
import { median, type Spread, spreadOf } from "./statistics.js";

/** A gain below this is not worth an executor, however certain it is. */
export const worthwhile = 1.05;

/** Slower than the leader by so much in each of two rounds, or in each of at least three: hopeless. */
const hopeless = 2.5;
const hopelessFor3 = 1.5;

/** … or by so much with confidence, after a few rounds more. */
const behind = 1.1;

/** Stands for a round, where a plan has only been started. */
const estimated = -1;

/** Times by plan and round. Those of one round come from the same moments, so that only they are compared. */
export class Standings {
  readonly #times = new Map<string, Map<number, number>>();

  /** Notes what a plan takes when it is started: it counts until a round has been measured. */
  estimate(plan: Plan, perItem: number): void {
    this.record(plan, estimated, perItem);
  }

  /** @param perItem - ms for each item. */
  record(plan: Plan, round: number, perItem: number): void {
    const name = planName(plan);
    const times = this.#times.get(name);
    if (times) times.set(round, perItem);
    else this.#times.set(name, new Map([[round, perItem]]));
  }

  /** How many rounds a plan has run in. */
  rounds(plan: Plan): number {
    return [...(this.#times.get(planName(plan))?.keys() ?? [])].filter((round) => round !== estimated).length;
  }

  /** ms for each item; undefined where a plan was not measured. */
  perItem(plan: Plan): Spread | undefined {
    const times = this.#times.get(planName(plan));
    return times && spreadOf(measured(times));
  }

  /** How many times as long one takes as another, round by round; undefined where no round has both. */
  ratio(one: Plan, other: Plan): Spread | undefined {
    const ratios = this.#ratios(one, other);
    return ratios.length === 0 ? undefined : spreadOf(ratios);
  }

  /** The plan that took the least time beside the plain loop of the same rounds. */
  leader(plans: readonly Plan[]): Plan {
    let best = inline;
    let least = 1;
    for (const plan of plans) {
      const ratios = this.#ratios(plan, inline);
      if (ratios.length === 0 || median(ratios) >= least) continue;
      best = plan;
      least = median(ratios);
    }
    return best;
  }

  /**
   * The simplest plan that nothing beats by a gain which is worthwhile, and no accident; other than the plain loop only one
   * that beats the plain loop so.
   */
  choice(plans: readonly Plan[]): Plan {
    const known = plans.filter((plan) => this.#times.has(planName(plan)));
    const leader = this.leader(known);
    // that the leader beats the plain loop says nothing of one that is not told apart from either
    const simplest = known
      .toSorted(bySimplicity)
      .find((plan) => !this.#isBeaten(plan, leader) && (isInline(plan) || this.#isBeaten(inline, plan)));
    return simplest ?? leader;
  }

  /** Whether a plan has no chance any more. The plain loop stays: all are measured by it. */
  isHopeless(plan: Plan, plans: readonly Plan[]): boolean {
    if (isInline(plan)) return false;
    const leader = this.leader(plans);
    const ratios = this.#ratios(plan, leader);
    if (ratios.length < 2) return false;
    if (ratios.every((ratio) => ratio > (ratios.length === 2 ? hopeless : hopelessFor3))) return true;
    return ratios.length >= 6 && spreadOf(ratios).low > behind;
  }

  /** Whether more rounds could still change the choice. */
  isOpen(plans: readonly Plan[]): boolean {
    const choice = this.choice(plans);
    return plans.some((plan) => {
      if (planName(plan) === planName(choice)) return false;
      const ratio = this.ratio(plan, choice);
      if (!ratio) return true;
      // a simpler one has to be as good for certain, any other has to be beyond doubt
      return bySimplicity(plan, choice) < 0
        ? ratio.low < worthwhile
        : ratio.low < 1 / worthwhile && ratio.median < worthwhile;
    });
  }

  #isBeaten(plan: Plan, leader: Plan): boolean {
    if (planName(plan) === planName(leader)) return false;
    const ratio = this.ratio(plan, leader);
    return ratio === undefined || (ratio.low > 1 && ratio.median >= worthwhile);
  }

  #ratios(one: Plan, other: Plan): number[] {
    const times = this.#times.get(planName(one));
    const others = this.#times.get(planName(other));
    if (!times || !others) return [];
    const ratios = new Map<number, number>();
    for (const [round, time] of times) {
      const beside = others.get(round);
      if (beside !== undefined) ratios.set(round, time / beside);
    }
    return measured(ratios);
  }
}

function isInline(plan: Plan): boolean {
  return plan.executor === inline.executor;
}

/** The values of all rounds; the estimate only where there is no round. */
function measured(values: ReadonlyMap<number, number>): number[] {
  const rounds = [...values].filter(([round]) => round !== estimated);
  return (rounds.length > 0 ? rounds : [...values]).map(([, value]) => value);
}
