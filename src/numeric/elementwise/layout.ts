import { type DType, dtypes } from "../dtype.js";
import type { Pattern } from "../jit/operand.js";

/** Where the elements of an operand are: its strides go by the axes of the result, in bytes. */
export interface Placed {
  readonly dtype: DType;
  readonly address: number;
  readonly strides: readonly number[];
  /** Whether it is one element for all, or a number. */
  readonly single: boolean;
}

/** How a job walks over its operands: rows of one length, and axes along which the rows lie, the last one the fastest. */
export interface Layout {
  readonly total: number;
  readonly rowLength: number;
  readonly axes: readonly number[];
  readonly operands: readonly LaidOut[];
}

interface LaidOut {
  readonly pattern: Pattern;
  /** The distance of neighbours in a row, in bytes, and along each axis. */
  readonly stride: number;
  readonly strides: readonly number[];
}

/**
 * How to walk over operands of this shape in as few and long rows as there can be: axes are in the order of the last
 * operand's strides, which is the one that is written, and joined where all operands go on evenly from one to the next.
 */
export function layOut(shape: readonly number[], operands: readonly Placed[]): Layout {
  const output = operands.at(-1)!;
  const axes = shape.map((_length, axis) => axis).filter((axis) => shape[axis] !== 1);
  axes.sort((a, b) => Math.abs(output.strides[b]!) - Math.abs(output.strides[a]!));
  // from the fastest axis on
  const lengths: number[] = [];
  const strides: number[][] = operands.map(() => []);
  for (const axis of axes.toReversed()) {
    const length = shape[axis]!;
    const last = lengths.length - 1;
    const joined =
      last >= 0 &&
      operands.every(
        ({ strides: own, single }, k) => single || own[axis] === strides[k]![last]! * lengths[last]!,
      );
    if (joined) {
      lengths[last]! *= length;
      continue;
    }
    lengths.push(length);
    for (const [k, operand] of operands.entries())
      strides[k]!.push(operand.single ? 0 : operand.strides[axis]!);
  }
  if (lengths.length === 0) {
    lengths.push(1);
    for (const [k, { dtype, single }] of operands.entries())
      strides[k]!.push(single ? 0 : dtypes[dtype].itemsize);
  }
  const [rowLength, ...outer] = lengths;
  return {
    total: lengths.reduce((product, length) => product * length, 1),
    rowLength: rowLength!,
    axes: outer.toReversed(),
    operands: operands.map(({ dtype }, k) => {
      const [stride, ...others] = strides[k]!;
      return {
        pattern:
          stride === dtypes[dtype].itemsize
            ? "contiguous"
            : stride === 0 && k < operands.length - 1
              ? "same"
              : "strided",
        stride: stride!,
        strides: others.toReversed(),
      };
    }),
  };
}
