/**
 * What comes up to each element, and what lies between them.
 *
 * @module
 */
export {
  cumprod,
  cumprodSync,
  cumsum,
  cumsumSync,
  type Scan,
  type ScanOptions,
  type ScanSync,
} from "./cumulative.js";
export { type Diff, type DiffOptions, type DiffSync, diff, diffSync } from "./difference.js";
