// What is compiled with relaxed SIMD as well, and takes the place of the same kernels without it where the engine has that.

export { gemm_f32, gemm_f64 } from "./linalg/gemm";
