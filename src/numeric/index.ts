/**
 * Arrays in shared memory, with kernels that run on every core.
 *
 * @module
 */

export { LinAlgError } from "../errors.js";
export { blocks } from "./array/blocks.js";
export { attach, NDArray, type NDArrayHandle, type Nested, type ReshapeOptions } from "./array/ndarray.js";
export type { Casting, Divided, Promoted, Scalar } from "./array/promotion.js";
export { broadcastShapes, canCast, resultType } from "./array/rules.js";
export type { ScalarOf } from "./array/scalar.js";
export { scope } from "./array/scope.js";
export type { ShapeLike } from "./array/shape.js";
export type { Range } from "./array/slicing.js";
export { type ArrowVectorLike, type FromArrowOptions, fromArrow } from "./convert/arrow.js";
export { fromNdarray, type NdarrayLike, toNdarray } from "./convert/ndarray.js";
export { fromNumpyTs, type NumpyTsLike } from "./convert/numpy-ts.js";
export {
  type EyeOptions,
  empty,
  eye,
  full,
  fullLike,
  identity,
  ones,
  onesLike,
  zeros,
  zerosLike,
} from "./creation/filled.js";
export { type DTypeOfTyped, from, type NestedInput, type NestedNumbers } from "./creation/from.js";
export { concatenate, type JoinOptions, stack } from "./creation/joined.js";
export type { DTypeOptions } from "./creation/options.js";
export { arange, type LinspaceOptions, linspace, meshgrid } from "./creation/ranges.js";
export type { Typed } from "./creation/typed.js";
export { getNumThreads, setNumThreads } from "./crew/threads.js";
export type { DType, TypedArrayOf, TypedArrays } from "./dtype.js";
export type { OutOption } from "./elementwise/apply.js";
export {
  absolute,
  absoluteSync,
  add,
  addSync,
  fmax,
  fmaxSync,
  fmin,
  fminSync,
  maximum,
  maximumSync,
  minimum,
  minimumSync,
  multiply,
  multiplySync,
  negative,
  negativeSync,
  positive,
  positiveSync,
  sign,
  signSync,
  square,
  squareSync,
  subtract,
  subtractSync,
} from "./elementwise/public/arithmetic.js";
export {
  bitwiseAnd,
  bitwiseAndSync,
  bitwiseOr,
  bitwiseOrSync,
  bitwiseXor,
  bitwiseXorSync,
  invert,
  invertSync,
  leftShift,
  leftShiftSync,
  rightShift,
  rightShiftSync,
} from "./elementwise/public/bits.js";
export {
  astype,
  astypeSync,
  type ClipOperation,
  clip,
  clipSync,
  round,
  roundSync,
  type WhereOperation,
  where,
  whereSync,
} from "./elementwise/public/choice.js";
export {
  equal,
  equalSync,
  greater,
  greaterEqual,
  greaterEqualSync,
  greaterSync,
  isfinite,
  isfiniteSync,
  isinf,
  isinfSync,
  isnan,
  isnanSync,
  less,
  lessEqual,
  lessEqualSync,
  lessSync,
  logicalAnd,
  logicalAndSync,
  logicalNot,
  logicalNotSync,
  logicalOr,
  logicalOrSync,
  logicalXor,
  logicalXorSync,
  notEqual,
  notEqualSync,
  signbit,
  signbitSync,
} from "./elementwise/public/comparison.js";
export {
  divide,
  divideSync,
  floorDivide,
  floorDivideSync,
  fmod,
  fmodSync,
  reciprocal,
  reciprocalSync,
  remainder,
  remainderSync,
} from "./elementwise/public/division.js";
export {
  cbrt,
  cbrtSync,
  ceil,
  ceilSync,
  copysign,
  copysignSync,
  exp,
  exp2,
  exp2Sync,
  expm1,
  expm1Sync,
  expSync,
  floor,
  floorSync,
  hypot,
  hypotSync,
  log,
  log1p,
  log1pSync,
  log2,
  log2Sync,
  log10,
  log10Sync,
  logSync,
  power,
  powerSync,
  rint,
  rintSync,
  sqrt,
  sqrtSync,
  trunc,
  truncSync,
} from "./elementwise/public/functions.js";
export {
  arccos,
  arccosh,
  arccoshSync,
  arccosSync,
  arcsin,
  arcsinh,
  arcsinhSync,
  arcsinSync,
  arctan,
  arctan2,
  arctan2Sync,
  arctanh,
  arctanhSync,
  arctanSync,
  cos,
  cosh,
  coshSync,
  cosSync,
  degrees,
  degreesSync,
  radians,
  radiansSync,
  sin,
  sinh,
  sinhSync,
  sinSync,
  tan,
  tanh,
  tanhSync,
  tanSync,
} from "./elementwise/public/trigonometry.js";
export type {
  ElementwiseAnswer,
  ElementwiseBinary,
  ElementwiseForm,
  ElementwiseKind,
  ElementwiseUnary,
  FloatingOf,
  IntoOption,
} from "./elementwise/types.js";
export { type Compiled, type CompiledOperands, type CompiledResult, compile } from "./fused/compile.js";
export type { FilePath } from "./io/files.js";
export { load, loadNpz, loadNpzSync, loadSync, type Source } from "./io/load.js";
export {
  encodeNpy,
  encodeNpz,
  type NamedArrays,
  type NpzOptions,
  save,
  saveSync,
  savez,
  savezCompressed,
  savezCompressedSync,
  savezSync,
} from "./io/save.js";
export { type BlasChoice, type BlasOptions, getBlas, setBlas } from "./linalg/blas/setting.js";
export {
  cholesky,
  choleskySync,
  type EighOptions,
  type EighResult,
  eigh,
  eighSync,
  inv,
  invSync,
  type LinalgType,
  type QROptions,
  type QRResult,
  qr,
  qrSync,
  type SVDOptions,
  type SVDResult,
  solve,
  solveSync,
  svd,
  svdSync,
} from "./linalg/decompositions/index.js";
export { dot, dotSync, matmul, matmulSync, norm, normSync, outer, outerSync, trace } from "./linalg/index.js";
export { type MemoryUsage, memoryUsage } from "./memory/usage.js";
export * from "./random/index.js";
export * from "./reductions/index.js";
export * from "./scans/index.js";
export * from "./sorting/index.js";
