/**
 * LAPACK as Fortran offers it: matrices lie column by column, and every parameter is a pointer. Lists and typed arrays of
 * one element are given for numbers.
 *
 * @module
 */
import type { Library } from "../library.js";
import type { TypedMemory } from "../memory.js";
import { codeOf } from "../native-code.js";
import { createNativeFunction, type NativeFunction, withArguments } from "../native-function.js";

/** A number of 32 bits, or many, by its address: `[n]` or an `Int32Array`, which is written in place. */
type Ints = Int32Array | number[];
/** Reals by their address. */
type Reals = Float64Array | TypedMemory<Float64Array> | number[];
/** One letter. */
type Letter = string;

/** The functions of LAPACK that solve and factorise, with the parameters that its manual names. */
export interface Lapack {
  /** Solves a·x = b: `(n, nrhs, a, lda, ipiv, b, ldb, info)`. */
  readonly dgesv: NativeFunction<
    (n: Ints, nrhs: Ints, a: Reals, lda: Ints, ipiv: Ints, b: Reals, ldb: Ints, info: Ints) => void
  >;
  /** Cholesky: `(uplo, n, a, lda, info)`. */
  readonly dpotrf: NativeFunction<(uplo: Letter, n: Ints, a: Reals, lda: Ints, info: Ints) => void>;
  /** QR: `(m, n, a, lda, tau, work, lwork, info)`. */
  readonly dgeqrf: NativeFunction<
    (m: Ints, n: Ints, a: Reals, lda: Ints, tau: Reals, work: Reals, lwork: Ints, info: Ints) => void
  >;
  /** The orthogonal matrix of a QR: `(m, n, k, a, lda, tau, work, lwork, info)`. */
  readonly dorgqr: NativeFunction<
    (m: Ints, n: Ints, k: Ints, a: Reals, lda: Ints, tau: Reals, work: Reals, lwork: Ints, info: Ints) => void
  >;
  /** Singular values: `(jobz, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork, iwork, info)`. */
  readonly dgesdd: NativeFunction<
    (
      jobz: Letter,
      m: Ints,
      n: Ints,
      a: Reals,
      lda: Ints,
      s: Reals,
      u: Reals,
      ldu: Ints,
      vt: Reals,
      ldvt: Ints,
      work: Reals,
      lwork: Ints,
      iwork: Ints,
      info: Ints,
    ) => void
  >;
  /** Eigenvalues of a symmetric matrix: `(jobz, uplo, n, a, lda, w, work, lwork, iwork, liwork, info)`. */
  readonly dsyevd: NativeFunction<
    (
      jobz: Letter,
      uplo: Letter,
      n: Ints,
      a: Reals,
      lda: Ints,
      w: Reals,
      work: Reals,
      lwork: Ints,
      iwork: Ints,
      liwork: Ints,
      info: Ints,
    ) => void
  >;
}

const signatures: Readonly<Record<keyof Lapack, string>> = {
  dgesv:
    "const int *n, const int *nrhs, double *a, const int *lda, int *ipiv, double *b, const int *ldb, int *info",
  dpotrf: "const char *uplo, const int *n, double *a, const int *lda, int *info",
  dgeqrf:
    "const int *m, const int *n, double *a, const int *lda, double *tau, double *work, const int *lwork, int *info",
  dorgqr:
    "const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau, double *work, " +
    "const int *lwork, int *info",
  dgesdd:
    "const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s, double *u, const int *ldu, " +
    "double *vt, const int *ldvt, double *work, const int *lwork, int *iwork, int *info",
  dsyevd:
    "const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work, " +
    "const int *lwork, int *iwork, const int *liwork, int *info",
};

/** The functions of a library; undefined where one is missing. */
export function lapackOf(library: Library): Lapack | undefined {
  const entries = Object.entries(signatures);
  if (!entries.every(([name]) => library.has(`${name}_`))) return undefined;
  return Object.fromEntries(
    entries.map(([name, list]) => [name, bind(library, name, list)]),
  ) as unknown as Lapack;
}

/**
 * Compilers of Fortran pass the lengths of strings behind all other arguments (gfortran does, as `size_t`); those that
 * don't never look there.
 */
function bind(library: Library, name: string, list: string): NativeFunction<(...args: never[]) => unknown> {
  const letters = list.split("const char *").length - 1;
  const lengths = Array.from({ length: letters }, (_, at) => `, size_t length${at + 1}`).join("");
  const plain = library.func<(...args: never[]) => unknown>(`void ${name}_(${list}${lengths})`);
  if (letters === 0) return plain;
  const code = codeOf(plain)!;
  const ones = new Array<number>(letters).fill(1);
  return createNativeFunction(withArguments(code, code.arity - letters, (args) => [...args, ...ones]));
}
