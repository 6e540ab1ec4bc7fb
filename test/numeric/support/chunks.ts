import type { NDArray } from "ungil/numeric";
import { numbers } from "./arrays.js";

/**
 * Does something while the kernels' work is cut into other numbers of chunks, up to what the operation asked for, which
 * are done in random orders.
 */
export function inOtherChunks<T>(a: NDArray, seed: number, work: () => T): T {
  const { heap } = a.block;
  const next = numbers(seed);
  const prototype = Object.getPrototypeOf(heap) as typeof heap;
  Object.defineProperty(heap, "kernel", {
    configurable: true,
    value: (kernel: string) => {
      const run = prototype.kernel.call(heap, kernel);
      return (args: number, chunk: number, chunks: number) => {
        if (chunk > 0) return;
        const count = 1 + Math.floor(next() * chunks);
        const order = Array.from({ length: count }, (_, k) => [next(), k] as const);
        for (const [, k] of order.toSorted(([x], [y]) => x - y)) run(args, k, count);
      };
    },
  });
  try {
    return work();
  } finally {
    delete (heap as { kernel?: unknown }).kernel;
  }
}
