import assert from "node:assert/strict";
import { test } from "node:test";
import * as arrow from "apache-arrow";
import ndarray from "ndarray";
import * as np from "numpy-ts";
import { InvalidArgumentError } from "ungil";
import {
  arange,
  from,
  fromArrow,
  fromNdarray,
  fromNumpyTs,
  type NDArray,
  type NdarrayLike,
  toNdarray,
  zeros,
} from "ungil/numeric";
import { dtypes } from "./reference.js";

test("an array of ndarray is over the same memory, whatever the view", () => {
  for (const dtype of dtypes) {
    const a = zeros([3, 4], { dtype });
    const other = toNdarray(a.T.slice("::-1", [1, null]), ndarray);
    assert.deepEqual(other.shape, [4, 2]);
    other.set(0, 1, 1);
    assert.deepEqual(Number(a.get(2, 3)), 1);
    a.set(1, 0, 1);
    assert.equal(other.get(3, 0), 1);
    assert.equal(other.data.buffer, a.typed.buffer);
  }
  assert.equal(toNdarray(zeros([]), ndarray).dimension, 0);
  assert.throws(() => toNdarray([] as unknown as NDArray, ndarray), /array must be an NDArray/);
  assert.throws(
    () => toNdarray(zeros(1), undefined as unknown as typeof ndarray),
    /ndarray must be the function/,
  );
});

test("an array is made from one of ndarray, transposed, reversed, cut and repeated ones too", () => {
  const data = new Float32Array(24).map((_, k) => k);
  const whole = ndarray(data, [2, 3, 4]);
  for (const view of [
    whole,
    whole.transpose(2, 0, 1),
    whole.step(1, -1, -2),
    whole.pick(1, -1, 2),
    whole.lo(0, 1, 1).hi(2, 1, 2),
    whole.pick(0, 0, 0),
    ndarray(data, [2, 3], [0, 0], 5),
    ndarray(data, [0, 3]),
  ]) {
    const a = fromNdarray(view);
    assert.equal(a.dtype, "float32");
    assert.deepEqual(a.shape, view.shape);
    const back = toNdarray(a, ndarray);
    for (let k = 0; k < a.size; k++) {
      const indices: number[] = a.shape.map((length, axis) => {
        const below = a.shape.slice(axis + 1).reduce((x, y) => x * y, 1);
        return Math.floor(k / below) % length;
      });
      assert.equal(a.get(...indices), view.get(...indices));
      assert.equal(back.get(...indices), view.get(...indices));
    }
  }
  assert.deepEqual(fromNdarray(ndarray([1, 2.5])).toArray(), [1, 2.5]);
  assert.deepEqual(fromNdarray(ndarray(new BigInt64Array([1n, -2n]))).toArray(), [1, -2]);
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [ndarray(new BigInt64Array([1n << 60n])), /array\.data\[0\] must be up to 2 \*\* 53/],
    [ndarray(["a"] as unknown as number[]), /array\.data\[0\] must be a number, got "a"/],
    [
      { data: data.subarray(0, 3), shape: [4], stride: [1], offset: 0 },
      /array\.data must be of elements 0 to 3/,
    ],
    [{ data, shape: [4], stride: [-1], offset: 0 }, /of elements -3 to 0/],
    [{ data, shape: [4], stride: [1, 1], offset: 0 }, /array\.stride must be a list of 1/],
    [{ data, shape: [-4], stride: [1], offset: 0 }, /array\.shape\[0\]/],
    [{ data, shape: [4], stride: [1], offset: 0.5 }, /array\.offset/],
    [{ data: "1234", shape: [4], stride: [1], offset: 0 }, /array\.data must be a typed array/],
    [[1, 2], /array must be an array of the package ndarray/],
    [null, /array must be/],
  ];
  for (const [source, message] of refused) {
    assert.throws(
      () => fromNdarray(source as NdarrayLike),
      (error: Error) => {
        assert.ok(error instanceof InvalidArgumentError, error.stack ?? "");
        assert.match(error.message, message);
        return true;
      },
    );
  }
});

test("arrays go to numpy-ts and back, of every type, and its views come as they are", () => {
  for (const dtype of dtypes) {
    const a = from(
      [
        [0, 1, 1],
        [1, 0, 1],
      ],
      { dtype },
    );
    const there = np.array(a.typed, dtype).reshape(2, 3);
    assert.equal(there.dtype, dtype);
    const back = fromNumpyTs(there);
    assert.equal(back.dtype, dtype);
    assert.ok(back.equals(a));
  }
  const base = np.arange(12).reshape(3, 4);
  for (const view of [
    base,
    base.T,
    base.slice("1:", "::2"),
    np.flip(base, 1),
    np.broadcast_to(np.array([1, 2]), [3, 2]),
  ]) {
    assert.deepEqual(fromNumpyTs(view as np.NDArray).toArray(), (view as np.NDArray).tolist());
  }
  assert.deepEqual(fromNumpyTs(np.array([1, 2], "int64")).toArray(), [1, 2]);
  assert.equal(fromNumpyTs(np.array([1, 2], "int64")).dtype, "float64");
  assert.throws(
    () => fromNumpyTs(np.array([1, 2], "complex128")),
    /array\.dtype must be a type of real numbers/,
  );
  assert.throws(
    () => fromNumpyTs([] as unknown as np.NDArray),
    /array must be an array of the package numpy-ts/,
  );
});

test("a vector of Arrow has the elements that an array has, and Arrow takes an array's memory as it is", () => {
  for (const dtype of dtypes) {
    const a = from([0, 1, 1, 0, 1], { dtype });
    const vector: arrow.Vector =
      dtype === "bool" ? arrow.vectorFromArray(a.toArray() as boolean[]) : arrow.makeVector(a.typed);
    const back = fromArrow(vector);
    assert.deepEqual([back.dtype, back.toArray()], [dtype, a.toArray()]);
    assert.deepEqual(fromArrow(vector.slice(1, 4)).toArray(), a.slice([1, 4]).toArray());
    assert.deepEqual(fromArrow(vector.slice(1, 3).concat(vector)).size, 7);
  }
  const a = arange(4);
  const vector = arrow.makeVector(a.typed);
  a.set(2, 50);
  assert.equal(vector.get(2), 50);
});

test("columns with nulls need a value for them; other numbers of Arrow are converted where that is exact", () => {
  const nulls = arrow.vectorFromArray([1, null, 3], new arrow.Float64());
  assert.throws(
    () => fromArrow(nulls),
    /vector must be without nulls; options\.nullValue says.*got "1 nulls"/,
  );
  assert.deepEqual(fromArrow(nulls, { nullValue: Number.NaN }).toArray(), [1, Number.NaN, 3]);
  const flags = arrow.vectorFromArray([true, null, false], new arrow.Bool());
  assert.deepEqual(fromArrow(flags, { nullValue: true }).toArray(), [true, true, false]);
  const bytes = arrow.vectorFromArray([1, null], new arrow.Uint8());
  assert.throws(() => fromArrow(bytes, { nullValue: -1 }), /nullValue must be from 0 to 255/);
  const long = arrow.vectorFromArray([1n, -5n]);
  assert.deepEqual([fromArrow(long).dtype, fromArrow(long).toArray()], ["float64", [1, -5]]);
  const longNulls = arrow.vectorFromArray([1n, null], new arrow.Int64());
  assert.deepEqual(fromArrow(longNulls, { nullValue: 0 }).toArray(), [1, 0]);
  assert.throws(() => fromArrow(arrow.vectorFromArray([1n << 60n])), /vector\[0\] must be up to 2 \*\* 53/);
  const half = arrow.vectorFromArray([0.5, 1.5], new arrow.Float16());
  assert.deepEqual([fromArrow(half).dtype, fromArrow(half).toArray()], ["float32", [0.5, 1.5]]);
  assert.throws(
    () => fromArrow(arrow.vectorFromArray(["a"])),
    /vector must be of numbers or booleans, got "elements of Dictionary/,
  );
  assert.throws(() => fromArrow(null), /vector must be a vector of Apache Arrow/);
  assert.equal(fromArrow(arrow.vectorFromArray([], new arrow.Float32())).size, 0);
  const table = arrow.tableFromArrays({ price: new Float64Array([1, 2]) });
  assert.deepEqual(fromArrow(table.getChild("price")).toArray(), [1, 2]);
});
