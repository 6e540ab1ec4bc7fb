/**
 * The jobs of operations on elements: kernels for just these types and ways to lie in memory, with where everything is.
 *
 * @module
 */
import { broadcastStrides } from "../array/broadcast.js";
import { NDArray } from "../array/ndarray.js";
import type { Scalar } from "../array/promotion.js";
import { sameShape } from "../array/shape.js";
import { chunksFor } from "../crew/chunks.js";
import type { Job } from "../crew/steps.js";
import { type DType, dtypes } from "../dtype.js";
import type { OperandType, Pattern } from "../jit/operand.js";
import { convert, typedInput } from "../jit/typed.js";
import type { Heap } from "../memory/heap.js";
import { type Layout, layOut, type Placed } from "./layout.js";
import { type KernelRecipe, madeKernel } from "./made-kernels.js";
import type { Operation, Signature } from "./operation.js";

/** An operand: an array, or a number for all elements. */
export type Operand = NDArray | Scalar;

/** The job of an operation that writes a target, which lies in memory of no operand but element by element. */
export function jobFor(
  operation: Operation,
  signature: Signature,
  operands: readonly Operand[],
  target: NDArray,
): Job {
  const { heap } = target.block;
  const isEven = target.isContiguous && operands.every((operand) => isEvenWith(target, operand));
  const { types, args } = isEven
    ? evenWalk(operands, signature, target)
    : anyWalk(operands, signature, target);
  const { kernel, weight } = madeKernel(heap, operation, types, () => recipeOf(operation, signature));
  return {
    heap,
    kernel,
    args: args.length > maxArgs ? spilled(heap, args) : args,
    chunks: chunksFor(target.size, weight),
  };
}

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

/** Of which types the operands and the target are, and where they lie, as kernels/iteration.ts describes it. */
interface Walk {
  readonly types: readonly OperandType[];
  readonly args: readonly number[];
}

const isEvenWith = (target: NDArray, operand: Operand): boolean =>
  !(operand instanceof NDArray) || (operand.isContiguous && sameShape(operand.shape, target.shape));

const typesOf = (pattern: Pattern): Readonly<Record<DType, OperandType>> =>
  Object.fromEntries(
    Object.values(dtypes).map(({ name }) => [name, { dtype: name, pattern } satisfies OperandType]),
  ) as unknown as Readonly<Record<DType, OperandType>>;

const adjacent = typesOf("contiguous");
const numbers = typesOf("number");

/** The usual case: all lie without gaps in the order of their indices, or are numbers. */
function evenWalk(operands: readonly Operand[], { inputs }: Signature, target: NDArray): Walk {
  const types: OperandType[] = [];
  const args = [target.size, target.size, 0];
  for (let k = 0; k < operands.length; k++) {
    const operand = operands[k]!;
    if (operand instanceof NDArray) {
      types.push(adjacent[operand.dtype]);
      args.push(operand.address, operand.itemsize);
    } else {
      types.push(numbers[inputs[k]!]);
      args.push(valueOf(operand, inputs[k]!), 0);
    }
  }
  types.push(adjacent[target.dtype]);
  args.push(target.address, target.itemsize);
  return { types, args };
}

function anyWalk(operands: readonly Operand[], { inputs }: Signature, target: NDArray): Walk {
  const { shape, dtype } = target;
  const placed = [...operands, target].map((operand, k) => place(operand, shape, inputs[k] ?? dtype));
  const layout = layOut(shape, placed);
  const types = placed.map(({ dtype }, k): OperandType => {
    const number = k < operands.length && !(operands[k] instanceof NDArray);
    return { dtype, pattern: number ? "number" : layout.operands[k]!.pattern };
  });
  return { types, args: argsOf(layout, placed) };
}

/** An operand with its place; a number has its value for an address. */
function place(operand: Operand, shape: readonly number[], dtype: DType): Placed {
  if (!(operand instanceof NDArray))
    return { dtype, address: valueOf(operand, dtype), strides: [], single: true };
  const { address, dtype: own } = operand;
  const { itemsize } = dtypes[own];
  const strides = sameShape(operand.shape, shape)
    ? operand.strides
    : broadcastStrides(operand.shape, operand.strides, shape);
  return { dtype: own, address, strides: strides.map((stride) => stride * itemsize), single: false };
}

const valueOf = (scalar: Scalar, dtype: DType): number =>
  dtype === "bool" ? Number(scalar !== 0 && scalar !== false) : Number(scalar);

function argsOf(layout: Layout, placed: readonly Placed[]): number[] {
  const args = [layout.total, layout.rowLength, layout.axes.length, ...layout.axes];
  for (const [k, { stride, strides }] of layout.operands.entries())
    args.push(placed[k]!.address, stride, ...strides);
  return args;
}

/** As many arguments as go with a job; more are put into the heap. */
const maxArgs = 60;

/** @throws MemoryError */
function spilled(heap: Heap, args: readonly number[]): number[] {
  const address = heap.allocate(args.length * 8);
  heap.numbers(address + args.length * 8).set(args, address / 8);
  return [-1, address];
}

/** Gives back what was put into the heap for a job. */
export function freeSpilled({ heap, args }: Job): void {
  if (args[0] === -1) heap.free(args[1]!);
}
