/**
 * The arithmetic of the laboratory.
 *
 * @module
 */
export { type InterleaveOptions, interleave } from "./interleave.js";
export { median, quantile, ratios, type Summary, summarize } from "./summary.js";
export { fitUsl, type Load, type UslFit, uslCapacity } from "./usl.js";
