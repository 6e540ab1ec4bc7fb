import type { NDArray } from "../array/ndarray.js";
import type { DType } from "../dtype.js";

/** A reduction of all elements to one. */
export interface WholeOptions {
  readonly axis?: undefined;
  readonly keepdims?: false | undefined;
}

/** A reduction along axes. */
export type AxisOptions = {
  /**
   * The axis, or several, along which elements are reduced; negative numbers count from the last axis. Without it, all
   * elements are reduced.
   */
  readonly axis?: number | readonly number[] | undefined;
  /** Whether the axes stay, with a length of 1, so that the result broadcasts against the array. Default: false. */
  readonly keepdims?: boolean | undefined;
} & ({ readonly axis: number | readonly number[] } | { readonly keepdims: true });

/** The type that float32 results are made in another one of. */
export interface FloatOptions {
  /** The type of the result: float32 for an array of float32, otherwise float64, unless it is given. */
  readonly dtype?: "float64" | "float32" | undefined;
}

/** How far the divisor is below the number of elements. */
export interface DdofOptions extends FloatOptions {
  /** "Delta degrees of freedom": the sum of squares is divided by the number of elements less this. Default: 0. */
  readonly ddof?: number | undefined;
}

/** The type of means of an array. */
export type Floating<T extends DType> = T extends "float32" ? "float32" : "float64";

type Dtyped<T extends DType, O> = O extends { readonly dtype: infer D extends DType } ? D : Floating<T>;

/** A reduction to numbers with a fraction, with options `O` of its own. */
export interface FloatReduction<O extends FloatOptions = FloatOptions> {
  <T extends DType>(a: NDArray<T>, options?: WholeOptions & O): Promise<number>;
  <T extends DType, P extends AxisOptions & O>(a: NDArray<T>, options: P): Promise<NDArray<Dtyped<T, P>>>;
}

/** The form of {@link FloatReduction} that returns the result. */
export interface FloatReductionSync<O extends FloatOptions = FloatOptions> {
  <T extends DType>(a: NDArray<T>, options?: WholeOptions & O): number;
  <T extends DType, P extends AxisOptions & O>(a: NDArray<T>, options: P): NDArray<Dtyped<T, P>>;
}

/** A reduction to elements of the same type; as numbers, bools are 0 and 1. */
export interface SameReduction {
  <T extends DType>(a: NDArray<T>, options?: WholeOptions): Promise<number>;
  <T extends DType>(a: NDArray<T>, options: AxisOptions): Promise<NDArray<T>>;
}

/** The form of {@link SameReduction} that returns the result. */
export interface SameReductionSync {
  <T extends DType>(a: NDArray<T>, options?: WholeOptions): number;
  <T extends DType>(a: NDArray<T>, options: AxisOptions): NDArray<T>;
}

/** A reduction to numbers of elements. */
export interface CountReduction {
  (a: NDArray, options?: WholeOptions): Promise<number>;
  (a: NDArray, options: AxisOptions): Promise<NDArray<"int32">>;
}

/** The form of {@link CountReduction} that returns the result. */
export interface CountReductionSync {
  (a: NDArray, options?: WholeOptions): number;
  (a: NDArray, options: AxisOptions): NDArray<"int32">;
}

/** A reduction to a truth. */
export interface TruthReduction {
  (a: NDArray, options?: WholeOptions): Promise<boolean>;
  (a: NDArray, options: AxisOptions): Promise<NDArray<"bool">>;
}

/** The form of {@link TruthReduction} that returns the result. */
export interface TruthReductionSync {
  (a: NDArray, options?: WholeOptions): boolean;
  (a: NDArray, options: AxisOptions): NDArray<"bool">;
}

/** What reductions are given, before it is checked. */
export interface AnyReductionOptions extends DdofOptions {
  readonly axis?: number | readonly number[] | undefined;
  readonly keepdims?: boolean | undefined;
}
