/**
 * Applies an operation to arrays, element by element: finds types and shape, and has kernels walk over them.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.js";
import { broadcastShapes, broadcastsTo } from "../array/broadcast.js";
import { NDArray } from "../array/ndarray.js";
import { canCast } from "../array/promotion.js";
import { sameShape, shapeText } from "../array/shape.js";
import type { Job, Steps } from "../crew/steps.js";
import { type DType, dtypes } from "../dtype.js";
import { freeSpilled, jobFor, type Operand } from "./jobs.js";
import type { Operation, Signature } from "./operation.js";

export type { Operand } from "./jobs.js";

/** Where the result goes. */
export interface OutOption<T extends DType = DType> {
  /**
   * The array that is to hold the result, and is answered: of the result's shape, or of one to which that broadcasts, and
   * of a type that its kind of values may be cast to. It may be one of the operands.
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
  for (let k = 0; k < operands.length; k++) checkOperand(k, operands[k]);
  const signature = operation.signature(
    operands.map((operand) => (operand instanceof NDArray ? operand.dtype : operand)),
  );
  const shape = shapeOf(operands);
  if (out !== undefined) checkOut(out, shape, signature.result);
  return { operation: operation.shorter?.(operands) ?? operation, operands, signature, shape, out };
}

/** The shape to which all operands broadcast; where they have the same, it is that very one. */
function shapeOf(operands: readonly Operand[]): readonly number[] {
  let common: readonly number[] | undefined;
  for (const operand of operands) {
    if (!(operand instanceof NDArray)) continue;
    common ??= operand.shape;
    if (!sameShape(common, operand.shape))
      return broadcastShapes(...operands.map((each) => (each instanceof NDArray ? each.shape : [])));
  }
  return common ?? [];
}

function checkOperand(k: number, operand: unknown): void {
  if (operand instanceof NDArray || typeof operand === "number" || typeof operand === "boolean") return;
  throw new InvalidArgumentError(`operand ${k}`, operand, "an NDArray, a number or a boolean; see from()");
}

function checkOut(out: unknown, shape: readonly number[], result: DType): void {
  if (!(out instanceof NDArray)) throw new InvalidArgumentError("out", out, "an NDArray");
  if (!broadcastsTo(shape, out.shape))
    throw new InvalidArgumentError(
      "out",
      shapeText(out.shape),
      `of the result's shape ${shapeText(shape)}, or of one to which that broadcasts`,
    );
  if (!canCast(result, out.dtype, "same_kind"))
    throw new InvalidArgumentError("out", out.dtype, `of a type to which ${result} may be cast`);
  if (out.size > 0 && out.strides.some((stride, axis) => stride === 0 && out.shape[axis]! > 1))
    throw new InvalidArgumentError("out", "a repeated array", "an array that has each element once");
}

/** Does what was planned. */
export function* applySteps(planned: Plan): Steps<NDArray> {
  const { operation, operands, signature, shape, out } = planned;
  const result = out ?? NDArray.allocate(signature.result, shape);
  void result.address;
  if (result.size === 0) return result;
  const clashing = out && operands.some((operand) => operand instanceof NDArray && clashes(operand, out));
  if (clashing) {
    yield* applyAside(planned, out);
    return out;
  }
  const job = jobFor(operation, signature, operands, result);
  try {
    // from here on addresses only: what is disposed meanwhile stays until the operation has ended
    yield job;
  } finally {
    freeSpilled(job);
  }
  return result;
}

/** An operand that lies in the result otherwise than element by element would be overwritten before it is read. */
function* applyAside({ operation, operands, signature, shape }: Plan, out: NDArray): Steps<void> {
  const { dtype } = out;
  const jobs: Job[] = [];
  const made = NDArray.allocate(dtype, shape);
  try {
    jobs.push(jobFor(operation, signature, operands, made));
    jobs.push(jobFor(identity, { inputs: [dtype], result: dtype }, [made], out));
    yield* jobs;
  } finally {
    for (const job of jobs) freeSpilled(job);
    made.dispose();
  }
}

/** Copies, with casts where types differ. */
export const identity: Operation = {
  name: "identity",
  signature: ([operand]) => ({ inputs: [operand as DType], result: operand as DType }),
  build: ([x]) => x!.vector,
};

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
