/**
 * `c = alpha * a * b + beta * c` for matrices in memory, row by row: CBLAS's `gemm` with sizes checked, because a wrong
 * one would make it read and write elsewhere.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.js";
import { checkBoolean, checkInteger, checkOptionNames } from "../../validate.js";
import type { Library } from "../library.js";
import { codeOf } from "../native-code.js";
import { createNativeFunction, type NativeFunction, withArguments } from "../native-function.js";

/** A product of matrices. Each lies row by row; `a` is m × k (k × m with `transA`), `b` is k × n, `c` is m × n. */
export interface Gemm<A extends Float64Array | Float32Array> {
  /** Rows of `c`. */
  readonly m: number;
  /** Columns of `c`. */
  readonly n: number;
  /** Columns of `a`, and rows of `b`. */
  readonly k: number;
  readonly a: A;
  readonly b: A;
  /** Where the result goes; it must not share memory with `a` and `b`. */
  readonly c: A;
  /** Factor of the product. Default 1. */
  readonly alpha?: number | undefined;
  /** Factor of what `c` held before. Default 0. */
  readonly beta?: number | undefined;
  /** Whether `a` lies transposed: k rows of m. Default false. */
  readonly transA?: boolean | undefined;
  /** Whether `b` lies transposed: n rows of k. Default false. */
  readonly transB?: boolean | undefined;
  /** Elements from a row of `a` to the next. Default: its columns. */
  readonly lda?: number | undefined;
  /** The same of `b`. */
  readonly ldb?: number | undefined;
  /** The same of `c`. */
  readonly ldc?: number | undefined;
}

const names = ["m", "n", "k", "a", "b", "c", "alpha", "beta", "transA", "transB", "lda", "ldb", "ldc"];

/** CBLAS's numbers for "row by row", "as it is" and "transposed". */
const rowMajor = 101;
const noTrans = 111;
const trans = 112;

const mostInt = 2 ** 31 - 1;

/** The checked form of `cblas_dgemm` or `cblas_sgemm`. */
export function gemmOf<A extends Float64Array | Float32Array>(
  library: Library,
  kind: "d" | "s",
): NativeFunction<(product: Gemm<A>) => void> {
  const real = kind === "d" ? "double" : "float";
  const plain = library.func<(...args: never[]) => void>(
    `void cblas_${kind}gemm(int order, int transA, int transB, int m, int n, int k, ${real} alpha, const ${real} *a, ` +
      `int lda, const ${real} *b, int ldb, ${real} beta, ${real} *c, int ldc)`,
  );
  const ArrayClass = kind === "d" ? Float64Array : Float32Array;
  return createNativeFunction(
    withArguments(codeOf(plain)!, 1, ([product]) => argumentsOf(product, ArrayClass)),
  );
}

function argumentsOf(
  given: unknown,
  ArrayClass: Float64ArrayConstructor | Float32ArrayConstructor,
): unknown[] {
  if (given === undefined)
    throw new InvalidArgumentError("product", given, "an object with m, n, k, a, b and c");
  checkOptionNames("product", given, names);
  const product = given as Gemm<Float64Array | Float32Array>;
  const { alpha = 1, beta = 0, transA = false, transB = false } = product;
  checkBoolean("transA", transA);
  checkBoolean("transB", transB);
  const [m, n, k] = [sizeOf("m", product.m), sizeOf("n", product.n), sizeOf("k", product.k)];
  const matrix = (name: "a" | "b" | "c", rows: number, columns: number): number =>
    checkMatrix(name, product[name], product[`ld${name}`], rows, columns, ArrayClass);
  const lda = transA ? matrix("a", k, m) : matrix("a", m, k);
  const ldb = transB ? matrix("b", n, k) : matrix("b", k, n);
  const ldc = matrix("c", m, n);
  for (const name of ["a", "b"] as const) {
    if (overlap(product[name], product.c))
      throw new InvalidArgumentError(
        "c",
        product.c,
        `memory of its own: it is written while ${name} is read`,
      );
  }
  const { a, b, c } = product;
  return [
    rowMajor,
    transA ? trans : noTrans,
    transB ? trans : noTrans,
    m,
    n,
    k,
    alpha,
    a,
    lda,
    b,
    ldb,
    beta,
    c,
    ldc,
  ];
}

function sizeOf(name: string, value: unknown): number {
  const size = checkInteger(name, value, 0);
  if (size > mostInt) throw new InvalidArgumentError(name, value, `at most ${mostInt}`);
  return size;
}

/** @returns elements from a row to the next. */
function checkMatrix(
  name: string,
  array: unknown,
  stated: unknown,
  rows: number,
  columns: number,
  ArrayClass: Float64ArrayConstructor | Float32ArrayConstructor,
): number {
  if (!(array instanceof ArrayClass)) throw new InvalidArgumentError(name, array, `a ${ArrayClass.name}`);
  const least = Math.max(1, columns);
  const stride = stated === undefined ? least : sizeOf(`ld${name}`, stated);
  if (stride < least)
    throw new InvalidArgumentError(
      `ld${name}`,
      stated,
      `at least ${least}, the columns of ${name} as it lies`,
    );
  const needed = rows === 0 || columns === 0 ? 0 : (rows - 1) * stride + columns;
  if (array.length < needed) {
    const shape = `${rows} × ${columns}${stride === columns ? "" : ` in rows of ${stride}`}`;
    throw new InvalidArgumentError(`${name}.length`, array.length, `at least ${needed} (${shape})`);
  }
  return stride;
}

const overlap = (one: Float64Array | Float32Array, other: Float64Array | Float32Array): boolean =>
  one.buffer === other.buffer &&
  one.byteOffset < other.byteOffset + other.byteLength &&
  other.byteOffset < one.byteOffset + one.byteLength;
