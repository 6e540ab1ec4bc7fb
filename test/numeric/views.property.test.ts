import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arange, type DType, from, type NDArray, type Range } from "ungil/numeric";
import { bits, dtypes } from "./reference.js";

/** An array as a function from indices to elements: slow, and plain. */
interface Model {
  readonly shape: readonly number[];
  readonly at: (indices: readonly number[]) => unknown;
}

type Step = (array: NDArray, model: Model) => readonly [NDArray, Model];

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, length) => all.flatMap((one) => Array.from({ length }, (_, k) => [...one, k])),
    [[]],
  );
}

function nested({ shape, at }: Model): unknown {
  const part = (indices: readonly number[]): unknown =>
    indices.length === shape.length
      ? at(indices)
      : Array.from({ length: shape[indices.length]! }, (_, k) => part([...indices, k]));
  return part([]);
}

/** A number below `n`, of a random one from 0 up to 1. */
const pick = (random: number, n: number): number => Math.min(Math.floor(random * n), n - 1);

function shuffled(random: number, count: number): number[] {
  const left = Array.from({ length: count }, (_, k) => k);
  let seed = Math.floor(random * 1e6);
  return Array.from({ length: count }, () => {
    const [axis] = left.splice(seed % left.length, 1);
    seed = Math.floor(seed / 3) + 7;
    return axis!;
  });
}

const transpose: (random: number) => Step =
  (random) =>
  (array, { shape, at }) => {
    const order = shuffled(random, shape.length);
    return [
      array.transpose(order),
      {
        shape: order.map((axis) => shape[axis]!),
        at: (indices) => at(shape.map((_, axis) => indices[order.indexOf(axis)]!)),
      },
    ];
  };

const swapaxes: (random: number) => Step = (random) => (array, model) => {
  const count = model.shape.length;
  if (count === 0) return [array, model];
  const [a, b] = [pick(random, count), pick((random * 7) % 1, count)];
  const swap = <E>(list: readonly E[]): E[] => list.with(a, list[b]!).with(b, list[a]!);
  return [
    array.swapaxes(a - count, b),
    { shape: swap(model.shape), at: (indices) => model.at(swap(indices)) },
  ];
};

const flip: (random: number) => Step =
  (random) =>
  (array, { shape, at }) => {
    const axes = shape.map((_, axis) => axis).filter((axis) => Math.floor(random * 64) & (1 << axis));
    return [
      array.flip(axes),
      {
        shape,
        at: (indices) => at(indices.map((k, axis) => (axes.includes(axis) ? shape[axis]! - 1 - k : k))),
      },
    ];
  };

const squeeze: Step = (array, { shape, at }) => [
  array.squeeze(),
  {
    shape: shape.filter((length) => length !== 1),
    at: (indices) => {
      const rest = [...indices];
      return at(shape.map((length) => (length === 1 ? 0 : rest.shift()!)));
    },
  },
];

const expandDims: (random: number) => Step =
  (random) =>
  (array, { shape, at }) => {
    if (shape.length > 4) return [array, { shape, at }];
    const axis = pick(random, shape.length + 1);
    return [
      array.expandDims(axis - shape.length - 1),
      { shape: shape.toSpliced(axis, 0, 1), at: (indices) => at(indices.toSpliced(axis, 1)) },
    ];
  };

const broadcastTo: (random: number) => Step =
  (random) =>
  (array, { shape, at }) => {
    if (shape.length > 4 || sizeOf(shape) > 500) return [array, { shape, at }];
    const wanted = [pick(random, 3) + 1, ...shape.map((length) => (length === 1 ? 2 : length))];
    return [
      array.broadcastTo(wanted),
      {
        shape: wanted,
        at: (indices) => at(shape.map((length, axis) => (length === 1 ? 0 : indices[axis + 1]!))),
      },
    ];
  };

/** Python's range of a slice, as its manual says it: i + n * k between the bounds. */
function slice(ranges: readonly (readonly [number | null, number | null, number | null] | number)[]): Step {
  return (array, { shape, at }) => {
    const used: Range[] = [];
    const kept: number[][] = [];
    const full = shape.map((length, axis) => {
      const range = ranges[axis] ?? ([null, null, null] as const);
      if (typeof range === "number") {
        if (length === 0) {
          used.push(null);
          kept.push([]);
          return kept.length - 1;
        }
        const index = range % length;
        used.push(index);
        return -((index < 0 ? index + length : index) + 1);
      }
      const [start, stop, by] = range;
      const step = by ?? 1;
      used.push(axis % 2 ? [start ?? "", stop ?? "", by ?? ""].join(":") : range);
      const all: number[] = [];
      const first = start === null ? (step > 0 ? 0 : length - 1) : start < 0 ? start + length : start;
      const end = stop === null ? (step > 0 ? length : -1) : stop < 0 ? stop + length : stop;
      // bounds outside of the array are the nearest ones inside
      const begin = step > 0 ? Math.max(first, 0) : Math.min(first, length - 1);
      for (let k = begin; step > 0 ? k < Math.min(end, length) : k > Math.max(end, -1); k += step)
        all.push(k);
      kept.push(all);
      return kept.length - 1;
    });
    return [
      array.slice(...used),
      {
        shape: kept.map(({ length }) => length),
        at: (indices) => at(full.map((place) => (place < 0 ? -place - 1 : kept[place]![indices[place]!]!))),
      },
    ];
  };
}

const reshape: (random: number) => Step = (random) => (array, model) => {
  const size = sizeOf(model.shape);
  const all = indicesOf(model.shape).map((indices) => model.at(indices));
  const factors = [1, 2, 3, 4, 6, 8, 12, 1].filter((n) => size % n === 0);
  const first = factors[pick(random, factors.length)]!;
  const rest = size / first;
  const other = rest % 2 === 0 && random < 0.5 ? [2, rest / 2] : [rest, 1];
  const shape = [first, ...other];
  const open = size > 0 ? pick((random * 13) % 1, shape.length) : -1;
  return [
    array.reshape(open < 0 ? shape : shape.with(open, -1)),
    { shape, at: (indices) => all[indices.reduce((sum, k, axis) => sum * shape[axis]! + k, 0)] },
  ];
};

const bound = fc.option(fc.integer({ min: -7, max: 7 }));
const by: fc.Arbitrary<number | null> = fc.option(fc.constantFrom(-3, -2, -1, 1, 2, 3));
const range = fc.oneof({ weight: 4, arbitrary: fc.tuple(bound, bound, by) }, fc.integer({ min: -6, max: 6 }));
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const step: fc.Arbitrary<Step> = fc.oneof(
  random.map(transpose),
  random.map(swapaxes),
  random.map(flip),
  fc.constant(squeeze),
  random.map(expandDims),
  random.map(broadcastTo),
  fc.array(range, { maxLength: 4 }).map(slice),
  random.map(reshape),
);
const start = fc.record({
  dtype: fc.constantFrom(...dtypes),
  shape: fc.array(fc.constantFrom(0, 1, 2, 3, 4, 6), { maxLength: 4 }),
});

function made(dtype: DType, shape: readonly number[]): readonly [NDArray, Model] {
  const model = (indices: readonly number[]): number =>
    indices.reduce((sum, k, axis) => sum * shape[axis]! + k, 0);
  if (dtype !== "bool") {
    const most = dtype === "int8" || dtype === "uint8" ? 100 : 5000;
    const values = Array.from({ length: sizeOf(shape) }, (_, k) => k % most);
    return [from(values, { dtype }).reshape(shape), { shape, at: (indices) => model(indices) % most }];
  }
  const odd = Array.from({ length: sizeOf(shape) }, (_, k) => k % 3 === 0);
  return [from(odd, { dtype: "bool" }).reshape(shape), { shape, at: (indices) => odd[model(indices)] }];
}

test("views of views have the elements that a plain model says, and so have their copies", () => {
  fc.assert(
    fc.property(start, fc.array(step, { maxLength: 5 }), ({ dtype, shape }, steps) => {
      let [array, model] = made(dtype, shape);
      for (const each of steps) [array, model] = each(array, model);
      assert.deepEqual(array.shape, model.shape);
      const expected = nested(model);
      assert.deepEqual(array.toArray(), expected);
      const copy = array.copy();
      assert.ok(copy.isContiguous && copy.base === undefined);
      assert.deepEqual(copy.toArray(), expected);
      assert.equal(array.equals(copy), true);
      assert.deepEqual(
        array.flatten().toArray(),
        indicesOf(model.shape).map((k) => model.at(k)),
      );
      for (const indices of indicesOf(model.shape).slice(0, 20)) {
        assert.equal(array.get(...indices), model.at(indices));
      }
    }),
    { numRuns: 400 },
  );
});

test("what is assigned to a view is in the array at the places of the view, and nowhere else", () => {
  fc.assert(
    fc.property(start, fc.array(range, { maxLength: 3 }), random, ({ dtype, shape }, ranges, r) => {
      const [array, model] = made(dtype, shape);
      const [flipped, flippedModel] = flip(r)(array, model);
      const [view, viewModel] = slice(ranges)(...transpose(r)(flipped, flippedModel));
      const values = from(
        new Uint8Array(view.size).map((_, k) => (k * 5 + 1) % 2),
        { dtype },
      );
      view.assign(values.reshape(view.shape));
      const expected = indicesOf(shape).map((indices) => model.at(indices));
      const places = indicesOf(viewModel.shape).map((indices) => Number(numbered(shape, ranges, r, indices)));
      for (const [k, place] of places.entries()) expected[place] = values.get(k);
      assert.deepEqual(array.ravel().toArray(), expected);
      view.fill(1);
      for (const place of places) expected[place] = dtype === "bool" ? true : 1;
      assert.deepEqual(array.ravel().toArray(), expected);
    }),
    { numRuns: 300 },
  );
});

/** Where in the array an element of the view is. */
function numbered(
  shape: readonly number[],
  ranges: Parameters<typeof slice>[0],
  r: number,
  indices: readonly number[],
): unknown {
  const [array, model] = made("int32", shape);
  const [, view] = slice(ranges)(...transpose(r)(...flip(r)(array, model)));
  return view.at(indices);
}

test("a part is assigned to another one of the same array that overlaps it as if it were a copy", () => {
  for (const dtype of dtypes) {
    const a = from(
      new Uint8Array(9).map((_, k) => k % 2),
      { dtype },
    );
    const expected = bits(a.slice([0, 8]).copy());
    a.slice([1, 9]).assign(a.slice([0, 8]));
    assert.equal(bits(a.slice([1, 9])), expected);
    const square = from(arange(16), { dtype: "float64" }).reshape([4, 4]);
    square.assign(square.T);
    assert.deepEqual(square.at(1).toArray(), [1, 5, 9, 13]);
  }
});
