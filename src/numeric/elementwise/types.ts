/**
 * The types of operations on elements, which say of what type the result is.
 *
 * @module
 */
import type { NDArray } from "../array/ndarray.js";
import type { Divided, Promoted, Scalar } from "../array/promotion.js";
import type { DType } from "../dtype.js";
import type { OutOption } from "./apply.js";

/** Whether an operation is done where it is called, or leaves the event loop free. */
export type ElementwiseForm = "sync" | "async";

/** What an operation answers. */
export type ElementwiseAnswer<F extends ElementwiseForm, T extends DType> = F extends "sync"
  ? NDArray<T>
  : Promise<NDArray<T>>;

/** How the type of the result follows from those of the operands. */
export type ElementwiseKind = "promoted" | "divided" | "float" | "bool";

/** Integers of up to 16 bits and truth values give float32, other integers float64. */
export type FloatingOf<T extends DType> = T extends "float64" | "int32" | "uint32" ? "float64" : "float32";

type OfOne<K extends ElementwiseKind, A extends DType> = K extends "promoted"
  ? A
  : K extends "divided"
    ? Divided<A, A>
    : K extends "float"
      ? FloatingOf<A>
      : "bool";

type OfTwo<K extends ElementwiseKind, A extends DType, B extends DType> = K extends "promoted"
  ? Promoted<A, B>
  : K extends "divided"
    ? Divided<A, B>
    : K extends "float"
      ? FloatingOf<Promoted<A, B>>
      : "bool";

/** Beside a number floats stay what they are; what becomes of integers depends on the number. */
type OfNumber<K extends ElementwiseKind, A extends DType> = K extends "bool"
  ? "bool"
  : A extends "float64" | "float32"
    ? A
    : K extends "divided"
      ? "float64"
      : DType;

/** Where the result goes: into an array that is given. */
export interface IntoOption<O extends DType> extends OutOption<O> {
  readonly out: NDArray<O>;
}

/** An operation on the elements of one array. */
export interface ElementwiseUnary<F extends ElementwiseForm, K extends ElementwiseKind> {
  <O extends DType>(a: NDArray, options: IntoOption<O>): ElementwiseAnswer<F, O>;
  <A extends DType>(a: NDArray<A>, options?: { readonly out?: undefined }): ElementwiseAnswer<F, OfOne<K, A>>;
}

/**
 * An operation on the elements of two arrays, whose shapes are broadcast, or of an array and a number, which is there for
 * all elements.
 */
export interface ElementwiseBinary<F extends ElementwiseForm, K extends ElementwiseKind> {
  <O extends DType>(
    a: NDArray | Scalar,
    b: NDArray | Scalar,
    options: IntoOption<O>,
  ): ElementwiseAnswer<F, O>;
  <A extends DType, B extends DType>(
    a: NDArray<A>,
    b: NDArray<B>,
    options?: { readonly out?: undefined },
  ): ElementwiseAnswer<F, OfTwo<K, A, B>>;
  <A extends DType>(
    a: NDArray<A>,
    b: Scalar,
    options?: { readonly out?: undefined },
  ): ElementwiseAnswer<F, OfNumber<K, A>>;
  <B extends DType>(
    a: Scalar,
    b: NDArray<B>,
    options?: { readonly out?: undefined },
  ): ElementwiseAnswer<F, OfNumber<K, B>>;
}
