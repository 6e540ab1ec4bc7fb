import { type MixedSteps, run, runSync } from "../../crew/steps.js";
import { findBlas } from "../blas/find.js";
import type { BlasChoice } from "../blas/setting.js";
import type { Engine } from "./engine.js";
import { lapackEngine } from "./lapack.js";
import { packageEngine } from "./package-engine.js";

/** An operation whose arguments are checked. */
export interface Plan<Made, Result> {
  readonly choice: BlasChoice;
  readonly steps: (engine: Engine) => MixedSteps<Made>;
  readonly toResult: (made: Made) => Result;
}

/** @throws MissingDependencyError where neither LAPACK nor the package is there. */
function engineFor(choice: BlasChoice): Engine {
  const lapack = findBlas(choice)?.lapack;
  return lapack ? lapackEngine(lapack) : packageEngine();
}

/** Does it here and now. */
export function doNow<Made, Result>({ choice, steps, toResult }: Plan<Made, Result>): Result {
  return toResult(runSync(steps(engineFor(choice))));
}

/** Has it done while the event loop goes on. */
export function doLater<Made, Result>({ choice, steps, toResult }: Plan<Made, Result>): Promise<Result> {
  return run(steps(engineFor(choice))).then(toResult);
}
