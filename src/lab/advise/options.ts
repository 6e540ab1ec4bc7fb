import { availableParallelism } from "node:os";
import { InvalidArgumentError } from "../../errors.js";
import { checkFunction, checkInteger, checkOptionNames, checkSignal, checkTime } from "../../validate.js";
import type { Plan } from "./plan.js";

/** What the adviser is doing. */
export interface AdviseStep {
  /**
   * `"check"`: runs the samples once, in a thread. `"profile"`: looks at what kind of function it is. `"start"`: gets
   * a plan ready. `"compare"`: runs all plans in turn.
   */
  readonly phase: "check" | "profile" | "start" | "compare";
  /** The plan that runs next, where it is about one. */
  readonly plan: Plan | undefined;
  /** ms since the call. */
  readonly elapsed: number;
}

/** How `advise` measures. */
export interface AdviseOptions {
  /**
   * ms that it may take, about, beside the start of workers. It takes up to half as long again where a gain can't be told
   * from chance yet, and longer for slow functions, since each plan that is compared has to run a few times. Default 10,000.
   */
  readonly budget?: number | undefined;
  /** ms that one call may take. Default 30,000. */
  readonly timeout?: number | undefined;
  /** Most threads or processes that are tried. Default `os.availableParallelism()`. */
  readonly maxWorkers?: number | undefined;
  /** Most calls in flight on the event loop that are tried, where the function answers with promises. Default 64. */
  readonly maxInFlight?: number | undefined;
  /** Options of Node for workers, as of `ThreadPoolExecutor`. */
  readonly execArgv?: readonly string[] | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
  /** Told what it is doing. */
  readonly onProgress?: ((step: AdviseStep) => void) | undefined;
}

/** Checked options, defaults filled in. */
export interface CheckedAdviseOptions {
  readonly budget: number;
  readonly timeout: number;
  readonly maxWorkers: number;
  readonly maxInFlight: number;
  readonly execArgv: readonly string[] | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (step: AdviseStep) => void;
}

const names = [
  "budget",
  "timeout",
  "maxWorkers",
  "maxInFlight",
  "execArgv",
  "signal",
  "onProgress",
] as const satisfies (keyof AdviseOptions)[];

/**
 * Checks the options and fills in the defaults.
 * @throws InvalidArgumentError that names the option, the value and what is wanted.
 */
export function checkAdviseOptions(options: AdviseOptions = {}): CheckedAdviseOptions {
  checkOptionNames("options", options, names);
  const {
    budget = 10_000,
    timeout = 30_000,
    maxWorkers = availableParallelism(),
    maxInFlight = 64,
  } = options;
  const { execArgv, signal, onProgress = () => {} } = options;
  for (const [name, value] of Object.entries({ budget, timeout })) {
    checkTime(name, value);
    if (value === 0 || value === Number.POSITIVE_INFINITY) {
      throw new InvalidArgumentError(name, value, "a time in ms above 0, and not Infinity");
    }
  }
  checkInteger("maxWorkers", maxWorkers, 1);
  checkInteger("maxInFlight", maxInFlight, 1);
  if (signal !== undefined) checkSignal("signal", signal);
  checkFunction("onProgress", onProgress);
  return { budget, timeout, maxWorkers, maxInFlight, execArgv, signal, onProgress };
}

/**
 * Checks the samples.
 * @throws InvalidArgumentError where they are no list, or fewer than two.
 */
export function checkSamples(samples: unknown): readonly unknown[] {
  if (!Array.isArray(samples)) throw new InvalidArgumentError("samples", samples, "an array of items");
  if (samples.length < 2) {
    throw new InvalidArgumentError(
      "samples",
      samples,
      "at least 2 items: one does not tell how they differ (where all are alike, give it twice)",
    );
  }
  return samples as readonly unknown[];
}
