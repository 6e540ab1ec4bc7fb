import { NDArray } from "../array/ndarray.js";
import { chunksFor } from "../crew/chunks.js";
import type { Steps } from "../crew/steps.js";
import { slabOf } from "../layout/arrange.js";
import { asynchronous, synchronous } from "../layout/forms.js";
import { Scratch } from "../layout/scratch.js";
import { blocksOf, kernelFor } from "./fold.js";
import { type Target, targetOf } from "./target.js";
import type { AnyReductionOptions, TruthReduction, TruthReductionSync } from "./types.js";

function* truthSteps(what: "any" | "all", a: NDArray, target: Target): Steps<boolean | NDArray> {
  const { axes, shape, scalar, results, elements } = target;
  const out = scalar ? undefined : NDArray.allocate("bool", shape);
  const scratch = new Scratch(a.block.heap);
  const { heap } = scratch;
  try {
    const found = out?.address ?? scratch.take(1);
    // until an element is found that decides otherwise
    heap.bytes(found + results).fill(0, found, found + results);
    if (results > 0 && elements > 0) {
      const { address, outer, n } = yield* slabOf(a, axes, scratch, { unordered: true });
      const chunks = Math.min(chunksFor(outer * n), outer * blocksOf(n));
      yield { heap, kernel: kernelFor(`${what}_rows`, a.dtype), args: [address, outer, n, found], chunks };
    }
    const bytes = heap.bytes(found + results);
    if (!out) return (bytes[found] === 1) === (what === "any");
    if (what === "all") for (let k = found; k < found + results; k++) bytes[k]! ^= 1;
    return out;
  } finally {
    scratch.free();
  }
}

const planAny = (a: NDArray, options?: AnyReductionOptions) => truthSteps("any", a, targetOf(a, options));
const planAll = (a: NDArray, options?: AnyReductionOptions) => truthSteps("all", a, targetOf(a, options));

/**
 * Whether some element is not zero; false of none. NaN is not zero.
 * @throws InvalidArgumentError
 */
export const any = asynchronous(planAny) as TruthReduction;
/** {@link any}, with the result at once. */
export const anySync = synchronous(planAny) as TruthReductionSync;

/**
 * Whether no element is zero; true of none.
 * @throws InvalidArgumentError
 */
export const all = asynchronous(planAll) as TruthReduction;
/** {@link all}, with the result at once. */
export const allSync = synchronous(planAll) as TruthReductionSync;
