/**
 * The kernels as WebAssembly, in base64: the build compiles `kernels/` and puts the results in this module's place.
 *
 * @module
 */
export const kernelsBinary = "";

/** Those that are better with relaxed SIMD, for engines that have it. */
export const relaxedBinary = "";
