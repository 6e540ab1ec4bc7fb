import assert from "node:assert/strict";
import { type DType, NDArray } from "ungil/numeric";
import { listOf } from "./arrays.js";
import { type Case, unpack, valuesOf } from "./numpy.js";

/** How ungil calls what an expression of NumPy does, and by how many units in the last place they may differ. */
export interface Call {
  readonly call: (inputs: Record<string, NDArray>) => unknown;
  /** Of an element's type; 0 is for equal numbers. */
  readonly ulps?: number;
  /** How great terms are that may cancel each other: an error of that size is one unit in the last place too. */
  readonly scale?: number;
}

const wholes: Readonly<Record<string, readonly DType[]>> = {
  // there is no int64 here: indices and counts are int32, sums float64
  int64: ["int32", "float64"],
  uint64: ["float64"],
};

/** Compares what ungil makes of a case's arrays with what NumPy made. */
export function compare({ expression, inputs, output }: Case, { call, ulps = 0, scale = 0 }: Call): void {
  const arrays = Object.fromEntries(Object.entries(inputs).map(([name, a]) => [name, unpack(a)]));
  const value = call(arrays);
  const of = Object.values(inputs).map(({ dtype, shape }) => `${dtype}[${shape.join(",")}]`);
  const title = `${expression} of ${of.join(", ")}`;
  const expected = valuesOf(output);
  if (value instanceof NDArray) {
    assert.deepEqual(value.shape, output.shape, title);
    assert.ok((wholes[output.dtype] ?? [output.dtype]).includes(value.dtype), `${title}: ${value.dtype}`);
  } else assert.deepEqual(output.shape, [], title);
  const actual = value instanceof NDArray ? listOf(value) : [Number(value)];
  assert.equal(actual.length, expected.length, title);
  const single = output.dtype === "float32";
  for (const [k, x] of actual.entries()) {
    const y = expected[k]!;
    if (Object.is(x, y) || x === y) continue;
    const unit = single ? 2 ** -23 : 2 ** -52;
    assert.ok(
      Math.abs(x - y) <= ulps * unit * Math.max(Math.abs(y), scale),
      `${title}: [${k}] is ${x}, not ${y}`,
    );
  }
}
