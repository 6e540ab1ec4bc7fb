/**
 * The experiments. One more is one more file, and one more line in `experiments`.
 *
 * @module
 */
import { asyncioExperiment } from "./asyncio.js";
import { concurrentFuturesExperiment } from "./concurrent-futures.js";
import type { Experiment } from "./experiment.js";
import { ioBoundExperiment } from "./io-bound.js";
import { limitedScalingExperiment } from "./limited-scaling.js";
import { multiprocessingExperiment } from "./multiprocessing.js";
import { nativeArraysExperiment } from "./native-arrays.js";
import { noGainExperiment } from "./no-gain.js";
import { oneAtATimeExperiment } from "./one-at-a-time.js";
import { pythonExperiment } from "./python.js";
import { switchingCostsExperiment } from "./switching-costs.js";

/** What `ungil lab` runs, in its order. */
export const experiments: readonly Experiment[] = [
  oneAtATimeExperiment,
  noGainExperiment,
  switchingCostsExperiment,
  limitedScalingExperiment,
  multiprocessingExperiment,
  asyncioExperiment,
  ioBoundExperiment,
  nativeArraysExperiment,
  concurrentFuturesExperiment,
  pythonExperiment,
];

export { type AsyncioOptions, type AsyncioResult, asyncio } from "./asyncio.js";
export {
  type ConcurrentFuturesOptions,
  type ConcurrentFuturesResult,
  concurrentFutures,
  type ExecutorResult,
} from "./concurrent-futures.js";
export type { ContextSwitches } from "./context-switches.js";
export type { ConvoyResult } from "./convoy.js";
export type { Effort, Experiment, ExperimentOptions, ExperimentReport, Findings } from "./experiment.js";
export {
  type BarsFigure,
  type Figure,
  type FigurePoint,
  type FigureSeries,
  type FigureSpan,
  formatCell,
  type LinesFigure,
  type Table,
  type TableFigure,
  type TimelineFigure,
  tableOf,
} from "./figures.js";
export { type IoBoundCase, type IoBoundOptions, type IoBoundResult, ioBound } from "./io-bound.js";
export { type LimitedScalingOptions, type LimitedScalingResult, limitedScaling } from "./limited-scaling.js";
export {
  type MultiprocessingOptions,
  type MultiprocessingResult,
  multiprocessing,
  type WorkersResult,
} from "./multiprocessing.js";
export { type NativeArraysOptions, type NativeArraysResult, nativeArrays } from "./native-arrays.js";
export { type NoGainOptions, type NoGainResult, noGain } from "./no-gain.js";
export {
  type OneAtATimeOptions,
  type OneAtATimeResult,
  oneAtATime,
  type ThreadsResult,
} from "./one-at-a-time.js";
export { type PythonOptions, type PythonResult, type PythonRun, python } from "./python.js";
export {
  type SwitchingCostsOptions,
  type SwitchingCostsResult,
  type SwitchingResult,
  switchingCosts,
} from "./switching-costs.js";
