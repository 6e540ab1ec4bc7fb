/** The k-th argument of a call as a number. Every argument is a float64: addresses and sizes are exact in it. */
// @ts-ignore: decorator
@inline
export function number(args: usize, k: i32): f64 {
  return load<f64>(args + (<usize>k << 3));
}

/** The k-th argument of a call as an address, a size or an index. */
// @ts-ignore: decorator
@inline
export function size(args: usize, k: i32): usize {
  return <usize>load<f64>(args + (<usize>k << 3));
}

/** Where chunk number `chunk` of `chunks` begins, of `n` blocks: chunks are as even as they can be. */
// @ts-ignore: decorator
@inline
export function boundary(n: usize, chunk: i32, chunks: i32): usize {
  return <usize>((<u64>n * <u64>chunk) / <u64>chunks);
}
