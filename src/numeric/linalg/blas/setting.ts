/**
 * Whether operations of linear algebra use the system's BLAS and LAPACK.
 *
 * @module
 */
import { checkOneOf, checkOptionNames } from "../../../validate.js";
import { currentHeap } from "../../memory/heap.js";
import { noBlasWord } from "../../memory/layout.js";

/** `"auto"`: the system's BLAS where there is one; `"none"`: no BLAS. */
export type BlasChoice = "auto" | "none";

/** Options of what can be done by a BLAS. */
export interface BlasOptions {
  /** For this call; without it, what {@link setBlas} said. */
  readonly blas?: BlasChoice | undefined;
}

const choices = ["auto", "none"] as const;

/**
 * Says whether products and decompositions use the system's BLAS and LAPACK from now on, in all threads of the process.
 *
 * `"auto"`, as it is at first: where `findBlas` of `ungil/native` finds one. It needs the optional package koffi; without
 * it, or without a library, and in products below 2 ** 20 terms, the kernels of this package compute, as with `"none"`.
 * Libraries add in an order of their own: the last bits of floats may differ from those of the kernels, from one library
 * or version to another, and with the number of the library's own threads, which {@link setNumThreads} does not change.
 * With `"none"` they depend on nothing of that.
 * @throws InvalidArgumentError
 * @example
 * setBlas("none"); // the same bits wherever the program runs on the same kind of processor
 */
export function setBlas(choice: BlasChoice): void {
  checkOneOf("choice", choice, choices);
  Atomics.store(currentHeap().words, noBlasWord, choice === "none" ? 1 : 0);
}

/** What {@link setBlas} said last, or `"auto"`. */
export function getBlas(): BlasChoice {
  return Atomics.load(currentHeap().words, noBlasWord) === 1 ? "none" : "auto";
}

/**
 * What holds for a call.
 * @param others - names of its other options.
 * @throws InvalidArgumentError
 */
export function blasChoice(options: BlasOptions | undefined, others: readonly string[] = []): BlasChoice {
  checkOptionNames("options", options, ["blas", ...others]);
  const { blas } = options ?? {};
  return blas === undefined ? getBlas() : checkOneOf("blas", blas, choices);
}
