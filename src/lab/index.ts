/**
 * The laboratory: what the limits of threads are, to be tried and measured.
 *
 * @module
 */
export type { Advice, Limit, Machine, Trial } from "./advise/advice.js";
export { advise } from "./advise/advise.js";
export type { FunctionKind } from "./advise/kind.js";
export type { AdviseOptions, AdviseStep } from "./advise/options.js";
export type { Plan, PlanExecutor } from "./advise/plan.js";
export type { FunctionProfile } from "./advise/profile.js";
export type { Scaling, ScalingPoint } from "./advise/scaling.js";
export type { Spread } from "./advise/statistics.js";
export {
  type AsyncioOptions,
  type AsyncioResult,
  asyncio,
  type BarsFigure,
  type ConcurrentFuturesOptions,
  type ConcurrentFuturesResult,
  type ContextSwitches,
  type ConvoyResult,
  concurrentFutures,
  type Effort,
  type ExecutorResult,
  type Experiment,
  type ExperimentOptions,
  type ExperimentReport,
  experiments,
  type Figure,
  type FigurePoint,
  type FigureSeries,
  type FigureSpan,
  type Findings,
  formatCell,
  type IoBoundCase,
  type IoBoundOptions,
  type IoBoundResult,
  ioBound,
  type LimitedScalingOptions,
  type LimitedScalingResult,
  type LinesFigure,
  limitedScaling,
  type MultiprocessingOptions,
  type MultiprocessingResult,
  multiprocessing,
  type NativeArraysOptions,
  type NativeArraysResult,
  type NoGainOptions,
  type NoGainResult,
  nativeArrays,
  noGain,
  type OneAtATimeOptions,
  type OneAtATimeResult,
  oneAtATime,
  type PythonOptions,
  type PythonResult,
  type PythonRun,
  python,
  type SwitchingCostsOptions,
  type SwitchingCostsResult,
  type SwitchingResult,
  switchingCosts,
  type Table,
  type TableFigure,
  type ThreadsResult,
  type TimelineFigure,
  tableOf,
  type WorkersResult,
} from "./experiments/index.js";
export { checkpoint } from "./gil/checkpoint.js";
export { Gil, type GilOptions } from "./gil/gil.js";
export type { GilEventKind } from "./gil/record.js";
export type { GilStats, GilThreadStats } from "./gil/stats.js";
export type { GilEvent, GilTimeline } from "./gil/timeline.js";
export {
  fitUsl,
  type InterleaveOptions,
  interleave,
  type Load,
  median,
  quantile,
  ratios,
  type Summary,
  summarize,
  type UslFit,
  uslCapacity,
} from "./statistics/index.js";
