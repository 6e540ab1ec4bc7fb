/**
 * What tasks of a function cost, as far as it is known from those that ran: how many of them make a batch, and
 * whether any may wait in front of a busy worker.
 *
 * @module
 */

/** Most functions of which an executor remembers the cost. */
const remembered = 1000;

/** What is known of one function, or of all closures over one text. */
export class FunctionCost {
  /** Mean running time of a task in ms; undefined while none has run. */
  mean: number | undefined;
  /** Whether the last one returned a promise. */
  waits = false;

  /** Takes in the running time of a task, in ms, and whether it returned a promise. */
  add(ran: number, waited: boolean): void {
    this.waits = waited;
    const { mean } = this;
    if (mean === undefined) this.mean = ran;
    // one outlier must not throw the estimate, and a function that became cheap is found out quickly
    else this.mean = mean + (Math.min(ran, 4 * mean + 0.01) - mean) * (ran > mean ? 0.1 : 0.2);
  }
}

/** Where nobody asks what a task costs. */
class UnknownCost extends FunctionCost {
  override add(): void {
    // stays unknown, so that each task goes alone
  }
}

export const unknownCost: FunctionCost = new UnknownCost();

/** The costs of the functions of one executor. */
export class CostTable<Cost = FunctionCost> {
  readonly #costs = new Map<unknown, Cost>();
  readonly #make: () => Cost;

  /** @param make - the cost of a function of which nothing is known. */
  constructor(make: () => Cost) {
    this.#make = make;
  }

  /** @param key - the same for all closures over one text. */
  of(key: unknown): Cost {
    let cost = this.#costs.get(key);
    if (!cost) {
      if (this.#costs.size >= remembered) this.#costs.delete(this.#costs.keys().next().value);
      cost = this.#make();
      this.#costs.set(key, cost);
    }
    return cost;
  }
}
