// What the kernels' module exports. A kernel has the signature (args, chunk, chunks): see README.md.

export * from "./array/copy";
export * from "./heap";
export * from "./linalg/gemm";
export * from "./linalg/pack";
export * from "./linalg/vectors";
export * from "./iteration";
export * from "./scalar/functions";
export * from "./layout/convert";
export * from "./reductions/columns";
export * from "./reductions/rows";
export * from "./reductions/select";
export * from "./scans/cumulative";
export * from "./scans/difference";
export * from "./sorting/sort";
export * from "./sorting/bins";
export * from "./sorting/search";
export * from "./sorting/take";
export * from "./sorting/top";
export * from "./tables/arctangents";
export * from "./tables/logarithms";
export * from "./tables/powers";
export * from "./random/distributions";
export * from "./random/orders";
export * from "./random/uniform";
export * from "./random/fast";
