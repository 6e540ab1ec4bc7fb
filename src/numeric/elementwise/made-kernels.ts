import { dtypes } from "../dtype.js";
import { type ElementwiseKernel, emitKernel } from "../jit/emit-kernel.js";
import type { OperandType } from "../jit/operand.js";
import { weightOf } from "../jit/weight.js";
import type { MadeKernel } from "../kernels/module.js";
import type { Heap } from "../memory/heap.js";

/** What kernels are made of: one recipe gives a kernel for each combination of types and ways to lie in memory. */
export interface KernelRecipe {
  make(inputs: readonly OperandType[], output: OperandType): ElementwiseKernel;
}

/** A kernel, and how long an element takes, as `chunksFor` wants it. */
interface Weighed {
  readonly kernel: MadeKernel;
  readonly weight: number;
}

type Kernels = Map<number | string, Weighed>;

/** Kernels that were made in a heap, by what they were made for. */
const made = new WeakMap<Heap, WeakMap<object, Kernels>>();

const ordinals = new Map<string, number>(Object.keys(dtypes).map((dtype, k) => [dtype, k * 4]));
const patterns = { contiguous: 0, same: 1, strided: 2, number: 3 } as const;

/** So many codes of operands fit in a whole number. */
const mostInNumber = 9;

/** One for each combination. Strings take longer to put together and to look up. */
function codeOf(types: readonly OperandType[]): number | string {
  if (types.length > mostInNumber) return types.map(({ dtype, pattern }) => `${dtype} ${pattern}`).join();
  let code = 1;
  for (const { dtype, pattern } of types) code = code * 36 + ordinals.get(dtype)! + patterns[pattern];
  return code;
}

/**
 * The kernel of `purpose` for operands of these types, the last of which is written. It is made if there is none yet; its
 * bytes stay in the heap, where other threads read them.
 * @param purpose - what it was made for: the same object for the same work.
 */
export function madeKernel(
  heap: Heap,
  purpose: object,
  types: readonly OperandType[],
  recipe: () => KernelRecipe,
): Weighed {
  let ofHeap = made.get(heap);
  if (!ofHeap) made.set(heap, (ofHeap = new WeakMap()));
  let kernels = ofHeap.get(purpose);
  if (!kernels) ofHeap.set(purpose, (kernels = new Map()));
  const code = codeOf(types);
  let weighed = kernels.get(code);
  if (!weighed) {
    const described = recipe().make(types.slice(0, -1), types.at(-1)!);
    const bytes = emitKernel(described);
    const address = heap.allocate(bytes.length);
    heap.bytes(address + bytes.length).set(bytes, address);
    weighed = { kernel: { address, length: bytes.length }, weight: weightOf(described) };
    kernels.set(code, weighed);
  }
  return weighed;
}
