/**
 * Calls on threads of Node's pool: no more at once than it has threads, so that none counts as running that waits there,
 * and can be withdrawn until it runs.
 *
 * @module
 */
import { Fifo } from "../fifo.js";
import type { Told } from "./binding.js";

/** What the pool has if nobody says otherwise, in libuv. */
const usualThreads = 4;
const mostThreads = 1024;

/** Threads of the pool. It has taken their number from the environment at its first use: later changes say nothing. */
export function poolThreads(): number {
  threads ??= threadsAsked(process.env["UV_THREADPOOL_SIZE"]);
  return threads;
}

let threads: number | undefined;

function threadsAsked(asked: string | undefined): number {
  if (asked === undefined) return usualThreads;
  const number = Number.parseInt(asked, 10);
  return Math.min(Math.max(Number.isNaN(number) ? 1 : number, 1), mostThreads);
}

const waiting = new Fifo<PoolCall>();
let running = 0;
/** Starts what may run now. */
let next: () => void;

/** One call, from the moment when it could start. */
export class PoolCall {
  readonly #start: (told: Told) => void;
  readonly #told: Told;
  readonly #returned: () => void;
  #state: "waiting" | "running" | "over" = "waiting";

  /**
   * @param start - makes the call.
   * @param told - its outcome.
   * @param returned - after that; also where nobody wants the outcome any more.
   */
  constructor(start: (told: Told) => void, told: Told, returned: () => void) {
    this.#start = start;
    this.#told = told;
    this.#returned = returned;
    if (running < poolThreads()) this.#run();
    else waiting.push(this);
  }

  /** Takes it back; false if it runs, which nothing can stop. */
  withdraw(): boolean {
    if (this.#state === "running") return false;
    this.#state = "over";
    return true;
  }

  #run(): void {
    this.#state = "running";
    running++;
    this.#start((outcome) => {
      running--;
      this.#state = "over";
      next();
      this.#told(outcome);
      this.#returned();
    });
  }

  static {
    next = () => {
      while (running < poolThreads()) {
        const call = waiting.shift();
        if (!call) return;
        if (call.#state === "waiting") call.#run();
      }
    };
  }
}
