/**
 * Sorting, searching and counting.
 *
 * @module
 */
export {
  type Bincount,
  type BincountOptions,
  type BincountSync,
  bincount,
  bincountSync,
} from "./bincount.js";
export {
  type Histogram,
  type HistogramForm,
  type HistogramFormSync,
  type HistogramOptions,
  histogram,
  histogramSync,
} from "./histogram.js";
export {
  type SearchOptions,
  type Searchsorted,
  type SearchsortedSync,
  searchsorted,
  searchsortedSync,
} from "./search.js";
export {
  type Argsort,
  type ArgsortSync,
  argsort,
  argsortSync,
  type Sort,
  type SortOptions,
  type SortSync,
  sort,
  sortSync,
} from "./sort.js";
export { type Top, type Topk, type TopkOptions, type TopkSync, topk, topkSync } from "./top.js";
export {
  type Unique,
  type UniqueForm,
  type UniqueFormSync,
  type UniqueOptions,
  unique,
  uniqueSync,
} from "./unique.js";
