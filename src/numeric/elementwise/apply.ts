/**
 * Applies an operation to arrays, element by element: finds types and shape, makes the kernel for just these types and
 * ways to lie in memory, and has it walk over them.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.js";
import { broadcastShapes, broadcastStrides } from "../array/broadcast.js";
import { NDArray } from "../array/ndarray.js";
import { canCast, type Scalar } from "../array/promotion.js";
import { sameShape, shapeText } from "../array/shape.js";
import { chunksFor } from "../crew/chunks.js";
import type { Job, Steps } from "../crew/steps.js";
import { type DType, dtypes } from "../dtype.js";
import type { OperandType } from "../jit/operand.js";
import { convert, typedInput } from "../jit/typed.js";
import type { Heap } from "../memory/heap.js";
import { type Layout, layOut, type Placed } from "./layout.js";
import { type KernelRecipe, madeKernel } from "./made-kernels.js";
import type { Operation, Signature } from "./operation.js";

/** An operand: an array, or a number for all elements. */
export type Operand = NDArray | Scalar;

/** Where the result goes. */
export interface OutOption<T extends DType = DType> {
  /**
   * The array that is to hold the result, and is answered: of the result's shape, and of a type that its kind of values
   * may be cast to. It may be one of the operands.
   */
  readonly out?: NDArray<T> | undefined;
}

/** What is known before the work begins. */
export interface Plan {
  readonly operation: Operation;
  readonly operands: readonly Operand[];
  readonly signature: Signature;
  readonly shape: readonly number[];
  readonly out: NDArray | undefined;
}

/**
 * Checks all that can be wrong.
 * @throws InvalidArgumentError for operands that are no arrays or numbers, types that the operation is not for, shapes
 *   that don't broadcast, and an `out` that does not fit.
 */
export function plan(operation: Operation, operands: readonly Operand[], { out }: OutOption = {}): Plan {
  for (const [k, operand] of operands.entries()) checkOperand(k, operand);
  const signature = operation.signature(
    operands.map((operand) => (operand instanceof NDArray ? operand.dtype : operand)),
  );
  const shape = broadcastShapes(
    ...operands.map((operand) => (operand instanceof NDArray ? operand.shape : [])),
  );
  if (out !== undefined) checkOut(out, shape, signature.result);
  return { operation: operation.shorter?.(operands) ?? operation, operands, signature, shape, out };
}

function checkOperand(k: number, operand: unknown): void {
  if (operand instanceof NDArray || typeof operand === "number" || typeof operand === "boolean") return;
  throw new InvalidArgumentError(`operand ${k}`, operand, "an NDArray, a number or a boolean; see from()");
}

function checkOut(out: unknown, shape: readonly number[], result: DType): void {
  if (!(out instanceof NDArray)) throw new InvalidArgumentError("out", out, "an NDArray");
  if (!sameShape(out.shape, shape))
    throw new InvalidArgumentError("out", shapeText(out.shape), `of the result's shape ${shapeText(shape)}`);
  if (!canCast(result, out.dtype, "same_kind"))
    throw new InvalidArgumentError("out", out.dtype, `of a type to which ${result} may be cast`);
  if (out.size > 0 && out.strides.some((stride, axis) => stride === 0 && out.shape[axis]! > 1))
    throw new InvalidArgumentError("out", "a repeated array", "an array that has each element once");
}

/** Does what was planned. */
export function* applySteps(planned: Plan): Steps<NDArray> {
  const { operation, operands, signature, shape, out } = planned;
  const result = out ?? NDArray.allocate(signature.result, shape);
  const { heap } = result.block;
  void result.address;
  if (result.size === 0) return result;
  const jobs: Job[] = [];
  let made: NDArray | undefined;
  try {
    // an operand that lies in the result otherwise than element by element would be overwritten before it is read
    const target = operands.some((operand) => operand instanceof NDArray && clashes(operand, result))
      ? (made = NDArray.allocate(result.dtype, shape))
      : result;
    jobs.push(jobFor(operation, signature, operands, target));
    if (target !== result) {
      const { dtype } = result;
      jobs.push(jobFor(identity, { inputs: [dtype], result: dtype }, [target], result));
    }
    // from here on addresses only: what is disposed meanwhile stays until the operation has ended
    for (const job of jobs) yield job;
    return result;
  } finally {
    for (const { args } of jobs) if (args[0] === -1) heap.free(args[1]!);
    made?.dispose();
  }
}

function jobFor(
  operation: Operation,
  signature: Signature,
  operands: readonly Operand[],
  target: NDArray,
): Job {
  const { shape, dtype, block } = target;
  const placed = [...operands, target].map((operand, k) =>
    place(operand, shape, k < operands.length ? signature.inputs[k]! : dtype),
  );
  const recipe = (): KernelRecipe => recipeOf(operation, signature);
  return jobOf(block.heap, layOut(shape, placed), placed, operands, operation, recipe);
}

/** Copies, with casts where types differ. */
export const identity: Operation = {
  name: "identity",
  signature: ([operand]) => ({ inputs: [operand as DType], result: operand as DType }),
  build: ([x]) => x!.vector,
};

function recipeOf(operation: Operation, { inputs: taken, result }: Signature): KernelRecipe {
  return {
    make(inputs, output) {
      const values = inputs.map(({ dtype }, k) => ({
        dtype: taken[k]!,
        vector: convert(typedInput(dtype, k), taken[k]!),
      }));
      const value = { dtype: result, vector: operation.build(values, result) };
      return { inputs, output, value: convert(value, output.dtype) };
    },
  };
}

/** An operand with its place; a number has its value for an address. */
export function place(operand: Operand, shape: readonly number[], dtype: DType): Placed {
  if (!(operand instanceof NDArray)) {
    const value = dtype === "bool" ? Number(operand !== 0 && operand !== false) : Number(operand);
    return { dtype, address: value, strides: [], single: true };
  }
  const { address, dtype: own } = operand;
  const { itemsize } = dtypes[own];
  const strides = sameShape(operand.shape, shape)
    ? operand.strides
    : broadcastStrides(operand.shape, operand.strides, shape);
  return { dtype: own, address, strides: strides.map((stride) => stride * itemsize), single: false };
}

/** As many arguments as go with a job; more are put into the heap. */
const maxArgs = 60;

/**
 * The job of a kernel for operands that lie so; the last one is written.
 * @param purpose - what the kernel is made for: the same object for the same work.
 */
export function jobOf(
  heap: Heap,
  layout: Layout,
  placed: readonly Placed[],
  operands: readonly Operand[],
  purpose: object,
  recipe: () => KernelRecipe,
): Job {
  const types = placed.map(({ dtype }, k): OperandType => {
    const number = k < operands.length && !(operands[k] instanceof NDArray);
    return { dtype, pattern: number ? "number" : layout.operands[k]!.pattern };
  });
  const { kernel, weight } = madeKernel(heap, purpose, types, recipe);
  const args = [layout.total, layout.rowLength, layout.axes.length, ...layout.axes];
  for (const [k, { stride, strides }] of layout.operands.entries())
    args.push(placed[k]!.address, stride, ...strides);
  return {
    heap,
    kernel,
    args: args.length > maxArgs ? spilled(heap, args) : args,
    chunks: chunksFor(layout.total, weight),
  };
}

/** @throws MemoryError */
function spilled(heap: Heap, args: readonly number[]): number[] {
  const address = heap.allocate(args.length * 8);
  heap.numbers(address + args.length * 8).set(args, address / 8);
  return [-1, address];
}

/** Whether an operand lies in memory that the result overwrites before it was read. */
function clashes(operand: NDArray, result: NDArray): boolean {
  // by addresses: what arrives in two messages is the same memory in two blocks
  if (
    operand.address === result.address &&
    operand.dtype === result.dtype &&
    sameShape(operand.shape, result.shape) &&
    sameShape(operand.strides, result.strides)
  )
    return false;
  const [from, to] = span(operand);
  const [first, last] = span(result);
  return from < last && first < to;
}

/** From where to where an array reaches, in bytes. */
function span({ address, shape, strides, dtype }: NDArray): [number, number] {
  const { itemsize } = dtypes[dtype];
  let [low, high] = [0, 0];
  for (const [axis, length] of shape.entries()) {
    const reach = (length - 1) * strides[axis]! * itemsize;
    if (reach < 0) low += reach;
    else high += reach;
  }
  return [address + low, address + high + itemsize];
}
