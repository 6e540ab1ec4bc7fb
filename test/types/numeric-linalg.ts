/** What the compiler knows of linear algebra: the types of the results. */
import { expectTypeOf } from "expect-type";
import {
  type BlasChoice,
  cholesky,
  choleskySync,
  type EighResult,
  eigh,
  eighSync,
  getBlas,
  inv,
  matmulSync,
  type NDArray,
  type QRResult,
  qr,
  qrSync,
  type SVDResult,
  setBlas,
  solve,
  solveSync,
  svd,
  svdSync,
  zeros,
} from "ungil/numeric";

const long = zeros([2, 2]);
const short = zeros([2, 2], { dtype: "float32" });
const bytes = zeros([2, 2], { dtype: "uint8" });

expectTypeOf(solve(long, long)).toEqualTypeOf<Promise<NDArray<"float64">>>();
expectTypeOf(solveSync(short, short)).toEqualTypeOf<NDArray<"float32">>();
expectTypeOf(solveSync(short, bytes)).toEqualTypeOf<NDArray<"float64">>();
expectTypeOf(inv(bytes)).toEqualTypeOf<Promise<NDArray<"float64">>>();
expectTypeOf(cholesky(short)).toEqualTypeOf<Promise<NDArray<"float32">>>();
expectTypeOf(choleskySync(long as NDArray)).toEqualTypeOf<NDArray<"float32" | "float64">>();
expectTypeOf(qr(short, { mode: "complete" })).toEqualTypeOf<Promise<QRResult<"float32">>>();
expectTypeOf(qrSync(long).Q).toEqualTypeOf<NDArray<"float64">>();
expectTypeOf(svd(bytes, { fullMatrices: false })).toEqualTypeOf<Promise<SVDResult<"float64">>>();
expectTypeOf(svdSync(short).Vh).toEqualTypeOf<NDArray<"float32">>();
expectTypeOf(eigh(short, { UPLO: "U", blas: "none" })).toEqualTypeOf<Promise<EighResult<"float32">>>();
expectTypeOf(eighSync(long).eigenvalues).toEqualTypeOf<NDArray<"float64">>();
expectTypeOf(matmulSync(short, bytes, { blas: "none" })).toEqualTypeOf<NDArray<"float32">>();
expectTypeOf(getBlas()).toEqualTypeOf<BlasChoice>();

// @ts-expect-error: there is no such library
setBlas("mkl");
// @ts-expect-error: there is no such mode
void qr(long, { mode: "raw" });
// @ts-expect-error: b is missing
void solve(long);
// @ts-expect-error: nested arrays are no NDArray
void svd([[1, 2]]);
