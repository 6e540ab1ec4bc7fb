import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { InvalidArgumentError, InvalidStateError } from "ungil";
import { arange, from, full, NDArray, ones, zeros } from "ungil/numeric";
import { dtypes } from "./reference.js";

test("an array knows its sizes", () => {
  const a = zeros([2, 3, 4], { dtype: "int16" });
  assert.deepEqual([a.ndim, a.size, a.itemsize, a.nbytes, a.isContiguous], [3, 24, 2, 48, true]);
  assert.deepEqual([a.T.ndim, a.T.isContiguous, a.T.base === a, a.T.T.base === a], [3, false, true, true]);
  assert.deepEqual(zeros([]).shape, []);
  assert.throws(() => (a.shape as number[]).push(1), TypeError);
});

test("new NDArray() says how arrays are made", () => {
  assert.throws(
    () => new (NDArray as unknown as new () => NDArray)(),
    /left to zeros\(\), from\(\) and others/,
  );
});

test("elements are read and changed by indices, negative ones too", () => {
  const a = arange(6).reshape([2, 3]);
  assert.equal(a.get(1, -1), 5);
  a.set(-1, 0, 7.5);
  assert.deepEqual(a.toArray(), [
    [0, 1, 2],
    [7.5, 4, 5],
  ]);
  assert.equal(a.at(1, 0).item(), 7.5);
  a.at(0).fill(1);
  assert.deepEqual(a.at(0).toArray(), [1, 1, 1]);
  const flags = zeros(2, { dtype: "bool" });
  flags.set(0, true);
  assert.deepEqual([flags.get(0), flags.get(1), flags.typed[0]], [true, false, 1]);
  flags.set(1, 5);
  assert.equal(flags.typed[1], 1);
  const scalar = full([], 3);
  scalar.set(4);
  assert.equal(scalar.get(), 4);
});

test("indices, ranges and axes that there are not are refused by name", () => {
  const a = arange(6).reshape([2, 3]);
  const refused: readonly (readonly [() => unknown, RegExp])[] = [
    [() => a.get(0), /indices must be an index for each axis, of which there are 2, got an array of 1/],
    [() => a.get(0, 3), /indices\[1\] must be a whole number from -3 to 2, as axis 1 has 3 elements, got 3/],
    [() => a.get(0.5, 0), /indices\[0\]/],
    [() => a.get("0" as unknown as number, 0), /indices\[0\]/],
    [() => a.at(0, 0, 0), /no more indices than axes/],
    [() => a.set(0, 1), /indices must be/],
    [() => a.set(0, 0, "1" as unknown as number), /value must be a number or a boolean/],
    [() => from([1], { dtype: "uint8" }).set(0, -1), /value must be from 0 to 255/],
    [() => zeros(0).get(0), /axis 0 has no elements/],
    [() => a.slice([0, 1, 0]), /ranges\[0\] must be of a step other than 0/],
    [() => a.slice("0:1:2:3"), /ranges\[0\] must be a whole number, null/],
    [() => a.slice("1"), /ranges\[0\]/],
    [() => a.slice("a:b"), /got "a:b"/],
    [() => a.slice([0.5]), /ranges\[0\]/],
    [() => a.slice({} as unknown as null), /ranges\[0\]/],
    [() => a.slice(2), /ranges\[0\] must be a whole number from -2 to 1/],
    [() => a.slice(0, 0, 0), /no more than the array has axes, which are 2/],
    [() => a.slice("...", "..."), /one \.\.\. at most/],
    [() => a.transpose([0]), /a list of all 2 axes/],
    [() => a.transpose([0, 0]), /axes\[1\] must be an axis not named before/],
    [() => a.swapaxes(0, 2), /axis2 must be an axis of the array: a whole number from -2 to 1, got 2/],
    [() => a.flip(2), /axis must be/],
    [() => a.squeeze(0), /axis must be an axis of length 1; the shape is \(2, 3\)/],
    [() => a.expandDims(4), /axis must be/],
    [() => a.reshape([4]), /shape must be of 6 elements in all/],
    [() => a.reshape([-1, 4]), /-1 is what is left/],
    [() => a.reshape([-1, -1]), /shape\[1\] must be a whole number of at least 0/],
    [() => a.reshape(6, { copies: true } as object), /copies must be an option/],
    [() => a.item(), /an array of one element/],
    [() => a.assign([1] as unknown as NDArray<"float64">), /source must be an NDArray of float64/],
    [() => a.assign(zeros(3, { dtype: "int8" }) as unknown as NDArray<"float64">), /got "int8"/],
    [() => a.assign(zeros(4)), /shape must be a shape to which \(4,\) broadcasts/],
    [() => [...zeros([])], /no axes/],
    [() => a.equals([] as unknown as NDArray), /other must be an NDArray/],
  ];
  for (const [call, message] of refused) {
    assert.throws(call, (error: Error) => {
      assert.ok(error instanceof InvalidArgumentError, error.stack ?? "");
      assert.match(error.message, message);
      return true;
    });
  }
  assert.deepEqual(a.toArray(), [
    [0, 1, 2],
    [3, 4, 5],
  ]);
});

test("the typed array of a view is over the same memory, and there is none of elements that lie apart", () => {
  for (const dtype of dtypes) {
    const a = zeros([4, 3], { dtype });
    a.slice([1, 3]).typed.fill(1);
    assert.deepEqual([...a.typed], [0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0]);
    assert.ok(a.typed.buffer instanceof SharedArrayBuffer);
    assert.throws(
      () => a.T.typed,
      (error: Error) => error instanceof InvalidStateError && /use copy\(\)\.typed/.test(error.message),
    );
    assert.equal(a.T.copy().typed.length, 12);
  }
});

test("typed arrays stay right when the memory grows", () => {
  const a = ones(10);
  const { typed } = a;
  const others = Array.from({ length: 20 }, () => zeros(200_000));
  typed[3] = 5;
  assert.equal(a.get(3), 5);
  assert.equal(others.length, 20);
});

test("what repeats elements can be read and copied, not written", () => {
  const a = full(1, 3).broadcastTo([2, 2]);
  for (const write of [() => a.fill(1), () => a.set(0, 0, 1), () => a.assign(zeros([2, 2]))]) {
    assert.throws(
      write,
      (error: Error) => error instanceof InvalidStateError && /write to a copy\(\)/.test(error.message),
    );
  }
  const copy = a.copy();
  copy.set(0, 0, 1);
  assert.deepEqual(copy.toArray(), [
    [1, 3],
    [3, 3],
  ]);
  assert.deepEqual(a.toArray(), [
    [3, 3],
    [3, 3],
  ]);
});

test("reshape is a view where it can be, and says where it can't", () => {
  const a = arange(12).reshape([3, 4]);
  assert.equal(a.reshape([2, 6]).base, a.base);
  assert.equal(a.T.reshape([12]).base, undefined);
  assert.equal(a.reshape(12, { copy: true }).base, undefined);
  assert.equal(a.slice(null, [0, 2]).reshape([3, 2, 1]).base, a.base);
  assert.equal(a.T.reshape([2, 2, 3], { copy: false }).base, a.base);
  assert.equal(a.ravel().base, a.base);
  assert.equal(a.flatten().base, undefined);
  assert.throws(
    () => a.T.reshape(12, { copy: false }),
    (error: Error) => error instanceof InvalidStateError && /leave out copy: false/.test(error.message),
  );
});

test("arrays are equal by shape and elements, whatever their types and strides", () => {
  const a = from([
    [1, 2],
    [3, 4],
  ]);
  assert.ok(
    a.equals(
      from(
        [
          [1, 2],
          [3, 4],
        ],
        { dtype: "int8" },
      ),
    ),
  );
  assert.ok(
    a.T.equals(
      from([
        [1, 3],
        [2, 4],
      ]),
    ),
  );
  assert.ok(!a.equals(a.reshape(4)));
  assert.ok(!a.equals(a.flip()));
  assert.ok(from([0]).equals(from([-0])));
  assert.ok(!from([Number.NaN]).equals(from([Number.NaN])));
  assert.ok(from([Number.NaN]).equals(from([Number.NaN]), { equalNaN: true }));
  assert.ok(!from([Number.NaN]).equals(from([1]), { equalNaN: true }));
  assert.ok(zeros([0, 2]).equals(zeros([0, 2])) && !zeros([0, 2]).equals(zeros([2, 0])));
});

test("the parts along the first axis are views", () => {
  const a = zeros([3, 2]);
  let k = 0;
  for (const row of a) row.fill(k++);
  assert.deepEqual(a.toArray(), [
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
  assert.deepEqual(
    [...arange(3)].map((each) => each.item()),
    [0, 1, 2],
  );
});

test("a disposed array and its views refuse every use; to dispose a view does nothing", () => {
  const a = arange(4).reshape([2, 2]);
  const own = a.base as NDArray<"float64">;
  const view = a.T;
  view.dispose();
  {
    using row = a.at(0);
    assert.equal(row.get(0), 0);
  }
  assert.deepEqual(view.toArray(), [
    [0, 2],
    [1, 3],
  ]);
  assert.equal(a.disposed, false);
  own.dispose();
  own.dispose();
  for (const array of [own, a, view]) {
    assert.equal(array.disposed, true);
    const uses: readonly (() => unknown)[] = [
      () => array.typed,
      () => array.get(...array.shape.map(() => 0)),
      () => array.set(...array.shape.map(() => 0), 1),
      () => array.at(0),
      () => array.slice(0),
      () => array.transpose(),
      () => array.T,
      () => array.swapaxes(0, 0),
      () => array.flip(),
      () => array.squeeze(),
      () => array.expandDims(0),
      () => array.broadcastTo([2, ...array.shape]),
      () => array.reshape(4),
      () => array.ravel(),
      () => array.flatten(),
      () => array.copy(),
      () => array.fill(1),
      () => array.assign(array),
      () => array.toArray(),
      () => array.equals(zeros(array.shape)),
      () => zeros(array.shape).equals(array),
      () => zeros(array.shape).assign(array),
      () => [...array],
      () => from(array),
    ];
    for (const use of uses) assert.throws(use, InvalidStateError, String(use));
  }
  assert.equal(a.size, 4);
});

test("axes of length 1 in front of what is assigned may be too many, as in NumPy", () => {
  const a = zeros([2, 3]);
  a.assign(from([[[1, 2, 3]]]));
  a.slice(1, 1).assign(from([[7]]));
  const turned = arange(6).reshape([1, 3, 2]).transpose([0, 2, 1]);
  assert.deepEqual(a.toArray(), [
    [1, 2, 3],
    [1, 7, 3],
  ]);
  assert.deepEqual(a.assign(turned).toArray(), [
    [0, 2, 4],
    [1, 3, 5],
  ]);
  assert.throws(() => a.assign(zeros([2, 2, 3])), InvalidArgumentError);
});

test("memory comes back by using, and when nothing refers to it", async () => {
  const address = (): number => {
    using a = zeros(1_000_000);
    return a.typed.byteOffset;
  };
  assert.equal(address(), address());
  const { gc } = globalThis as { gc?: () => void };
  assert.ok(gc, "the runner has --expose-gc");
  const seen = new Set<number>();
  for (let k = 0; k < 25; k++) {
    seen.add(zeros(1_000_000).typed.byteOffset);
    gc();
    await setImmediate();
  }
  assert.ok(seen.size < 12, `${seen.size} places for 25 arrays`);
});

test("memory stays while a view of it or its typed array is in use", async () => {
  const { gc } = globalThis as { gc?: () => void };
  const view = full([1000, 100], 5).T.slice(3);
  const { typed } = full(100_000, 7);
  for (let k = 0; k < 8; k++) {
    gc?.();
    await setImmediate();
    zeros([1000, 100]).fill(k);
  }
  assert.ok(view.copy().typed.every((x) => x === 5));
  assert.ok(typed.every((x) => x === 7));
});
