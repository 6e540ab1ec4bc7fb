/**
 * C libraries, called from this thread or outside of the isolate, with memory in place.
 *
 * @module
 */

export { type LibraryAttempt, LibraryLoadError, SymbolNotFoundError } from "../errors.js";
export type { ExecutorOptions } from "../pool/options.js";
export { type Blas, type BlasThreads, findBlas } from "./blas/find-blas.js";
export type { Gemm } from "./blas/gemm.js";
export type { Lapack } from "./blas/lapack.js";
export { decode, decodeString } from "./decode.js";
export { type FunctionOptions, type Library, load, type WithErrno } from "./library.js";
export type { TypedMemory } from "./memory.js";
export { NativeExecutor } from "./native-executor.js";
export type { NativeFunction } from "./native-function.js";
export type { Bytes, FunctionOf, MemberOf, NativeValue, Pointer } from "./signature-types.js";
export { opaque, StructType, struct } from "./struct.js";
