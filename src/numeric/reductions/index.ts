/**
 * Reductions, all with `axis` and `keepdims`.
 *
 * @module
 */
export {
  argmax,
  argmaxSync,
  argmin,
  argminSync,
  max,
  maxSync,
  min,
  minSync,
  type PositionOptions,
  type PositionReduction,
  type PositionReductionSync,
  ptp,
  ptpSync,
} from "./extremes.js";
export { median, medianSync, type Quantile, type QuantileSync, quantile, quantileSync } from "./quantile.js";
export {
  countNonzero,
  countNonzeroSync,
  mean,
  meanSync,
  prod,
  prodSync,
  std,
  stdSync,
  sum,
  sumSync,
  variance,
  varianceSync,
} from "./sums.js";
export { all, allSync, any, anySync } from "./truth.js";
export type {
  AxisOptions,
  CountReduction,
  CountReductionSync,
  DdofOptions,
  Floating,
  FloatOptions,
  FloatReduction,
  FloatReductionSync,
  SameReduction,
  SameReductionSync,
  TruthReduction,
  TruthReductionSync,
  WholeOptions,
} from "./types.js";
