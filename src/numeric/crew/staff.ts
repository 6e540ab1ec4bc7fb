/**
 * The threads of the crew: started when there is work for them, and kept. Rule 9.
 *
 * @module
 */
import { threadId, Worker } from "node:worker_threads";
import { outermostContext } from "../../async-context.js";
import { kernelsModules } from "../kernels/module.js";
import type { Heap } from "../memory/heap.js";
import { helpersStart, mostHelpers } from "../memory/layout.js";
import type { HelperSetup } from "./helper-setup.js";
import { helperSource } from "./helper-source.js";

/** How long a helper looks for more before it sleeps, in ms: it takes as long to wake one. */
const spinTime = 0.2;

/** Helpers that end before they have begun: then there is something that keeps threads from starting. */
const mostFailures = 3;

/** The helpers of a heap, as one thread sees them. */
export class Staff {
  readonly #heap: Heap;
  #failures = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /**
   * Sees to it that there are so many helpers, or that they are being started.
   * @returns whether there are any.
   */
  ensure(wanted: number): boolean {
    const { words, seats } = this.#heap;
    const count = Math.min(wanted, mostHelpers);
    let some = false;
    for (let number = 0; number < count; number++) {
      const there = Atomics.load(words, helpersStart + number);
      if ((there !== 0 && seats.isAlive(Math.abs(there))) || this.#start(number, there)) some = true;
    }
    return some;
  }

  /** Asks after helpers that may have died without anybody's noticing. */
  probe(wanted: number): void {
    const { words, seats } = this.#heap;
    for (let number = 0; number < Math.min(wanted, mostHelpers); number++) {
      const there = Atomics.load(words, helpersStart + number);
      if (there !== 0) seats.probe(Math.abs(there));
    }
  }

  /** Whether this thread can't start any. */
  get isClosed(): boolean {
    return this.#failures >= mostFailures || this.#heap.seats.me === 0;
  }

  #start(number: number, there: number): boolean {
    const { words, seats, memory } = this.#heap;
    const { me } = seats;
    if (this.isClosed) return false;
    if (Atomics.compareExchange(words, helpersStart + number, there, -me) !== there) return true;
    // where it ends before it has taken its place
    const leave = (): void => {
      if (Atomics.compareExchange(words, helpersStart + number, -me, 0) === -me) this.#failures++;
    };
    try {
      const setup: HelperSetup = {
        modules: kernelsModules(),
        memory,
        number,
        starter: me,
        parent: threadId,
        spinTime,
      };
      const options = {
        eval: true,
        name: `ungil-numeric_${number}`,
        workerData: setup,
        // no loaders, no flags: it runs nothing of the user's
        execArgv: [],
        env: {},
      };
      // it outlives the call that starts it, and would keep the stores of that call's context
      const worker = outermostContext.runInAsyncScope(() => new Worker(helperSource, options));
      worker.unref();
      worker.on("error", leave);
      worker.on("exit", leave);
      return true;
    } catch {
      // threads are not allowed here, or the system has none: the caller does its work itself
      leave();
      return false;
    }
  }
}
