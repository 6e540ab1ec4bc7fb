import type { Plan } from "./plan.js";
import type { FunctionProfile } from "./profile.js";
import type { Scaling } from "./scaling.js";
import type { Spread } from "./statistics.js";

/** What became of a plan. */
export interface Trial {
  readonly plan: Plan;
  /** Name for tables: `thread × 4, chunksize 16`. */
  readonly name: string;
  /**
   * `"chosen"`; `"compared"` to the end; `"left"`: too slow, after some rounds; `"failed"`: it can't run the function;
   * `"skipped"`: the budget was too short.
   */
  readonly outcome: "chosen" | "compared" | "left" | "failed" | "skipped";
  /** Why it failed or was skipped. */
  readonly reason: string | undefined;
  /** ms for each item; undefined where it was not measured. */
  readonly perItem: Spread | undefined;
  /** How many times as fast as a plain loop in the same rounds. */
  readonly gain: Spread | undefined;
  /** Rounds that were measured. */
  readonly rounds: number;
  /** ms until its workers were there. */
  readonly startUp: number;
  /** Part of the time during which this thread was busy, from 0 to 1. */
  readonly loopShare: number;
}

/** What limits the chosen plan. */
export interface Limit {
  /**
   * `"function"`: one call after the other. `"event-loop"`: the event loop has no time left. `"in-flight"`: the number of
   * calls in flight. `"other-threads"`: threads that compute for it, as of libuv's pool. `"main-thread"`: sending and
   * receiving. `"contention"`: what only one worker can do at a time. `"cores"`: their number.
   */
  readonly by:
    | "function"
    | "event-loop"
    | "in-flight"
    | "other-threads"
    | "main-thread"
    | "contention"
    | "cores";
  /** In words. */
  readonly sentence: string;
}

/** The machine that the advice is for. */
export interface Machine {
  /** As of `os.availableParallelism()`. */
  readonly cores: number;
  /** Average over the last minute, when it began; 0 where the system has none. */
  readonly load: number;
  /** Version of Node. */
  readonly node: string;
}

/** What to run a function with, and why. */
export interface Advice {
  /** What to use. */
  readonly plan: Plan;
  /** How many times as fast as a plain loop, round by round; of the plain loop itself 1. */
  readonly gain: Spread;
  /** The answer in a sentence. */
  readonly verdict: string;
  /** Why, and what else to know: sentences. */
  readonly reasons: readonly string[];
  /** What limits it next. */
  readonly limit: Limit;
  /** Code to paste. The function is `fn` where it has no name, the items are `items`. */
  readonly code: string;
  /**
   * From how many items on the start of the workers is paid for; undefined of plans without workers. A pool that lives
   * as long as the program starts once.
   */
  readonly breakEven: number | undefined;
  /** The function by itself. */
  readonly profile: FunctionProfile;
  /** How it scales with workers; undefined where a pool is not worth it, or was tried with one size only. */
  readonly scaling: Scaling | undefined;
  /** All that was tried, the quickest first. */
  readonly trials: readonly Trial[];
  readonly machine: Machine;
}
