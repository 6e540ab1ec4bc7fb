import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { InvalidArgumentError } from "ungil";
import { broadcastShapes, type Casting, canCast, type DType, full, resultType, zeros } from "ungil/numeric";
import type * as PromotionModule from "../../dist/numeric/array/promotion.js";
import { dtypes, reference } from "./reference.js";

const root = path.resolve(import.meta.dirname, "../../..");
const { divisionType, floatType } = (await import(
  path.join(root, "dist/numeric/array/promotion.js")
)) as typeof PromotionModule;

const { promotion } = reference;

test("two types, and three in any order, promote as in NumPy", () => {
  for (const [types, result] of [...Object.entries(promotion.pairs), ...Object.entries(promotion.triples)]) {
    const names = types.split(" ") as DType[];
    assert.equal(resultType(...names), result, types);
    assert.equal(resultType(...names.toReversed()), result, types);
    assert.equal(resultType(...names.slice(1), names[0]!), result, types);
  }
});

test("quotients and roots are of NumPy's types", () => {
  for (const [types, result] of Object.entries(promotion.quotients)) {
    const [a, b] = types.split(" ") as [DType, DType];
    assert.equal(divisionType(a, b), result, types);
  }
  for (const [type, result] of Object.entries(promotion.roots))
    assert.equal(floatType(type as DType), result, type);
});

test("casts are allowed where NumPy allows them", () => {
  for (const [cast, targets] of Object.entries(promotion.casts)) {
    const [casting, from] = cast.split(" ") as [Casting, DType];
    const allowed = dtypes.filter((to) => canCast(from, to, casting));
    assert.deepEqual(allowed.toSorted(), targets.toSorted(), cast);
  }
  assert.ok(canCast("int8", "float32"));
  assert.throws(() => canCast("int8", "float32", "kind" as Casting), /casting must be one of/);
});

test("a scalar is weak, as NumPy's is", () => {
  for (const [pair, result] of Object.entries(promotion.scalars)) {
    const [dtype, text] = pair.split(" ") as [DType, string];
    const scalar = JSON.parse(text) as number | boolean;
    if (result === "OverflowError") {
      assert.throws(() => resultType(dtype, scalar), InvalidArgumentError, pair);
    } else assert.equal(resultType(dtype, scalar), result, pair);
  }
  assert.throws(
    () => resultType("uint8", 256),
    /operands\[1\] must be from 0 to 255 beside an array of uint8/,
  );
  assert.equal(resultType("int8", Number.NaN), "float64");
  assert.equal(resultType("int8", -0), "float64");
  assert.equal(resultType("bool", 2 ** 40), "float64");
  assert.equal(resultType("float32", 1e300), "float32");
});

test("types that there are not, and none at all, are refused by name", () => {
  assert.throws(() => resultType("int64" as DType), /operands\[0\] must be one of float64, .*got "int64"/);
  assert.throws(() => resultType(1), /at least one type/);
  assert.throws(() => canCast("float16" as DType, "bool"), /from must be one of/);
});

/** NumPy's rule, said in another way: an axis at a time. */
function plainly(shapes: readonly (readonly number[])[]): number[] | undefined {
  const axes = Math.max(0, ...shapes.map(({ length }) => length));
  const result: number[] = [];
  for (let k = axes; k >= 1; k--) {
    const lengths = new Set(
      shapes.map((shape) => shape.at(-k) ?? 1).map((n, s) => (k > shapes[s]!.length ? 1 : n)),
    );
    lengths.delete(1);
    if (lengths.size > 1) return undefined;
    result.push([...lengths][0] ?? 1);
  }
  return result;
}

test("shapes broadcast by NumPy's rule, whatever they are", () => {
  const length = fc.constantFrom(0, 1, 1, 1, 2, 3);
  fc.assert(
    fc.property(fc.array(fc.array(length, { maxLength: 4 }), { maxLength: 4 }), (shapes) => {
      const expected = plainly(shapes);
      if (expected) assert.deepEqual(broadcastShapes(...shapes), expected);
      else assert.throws(() => broadcastShapes(...shapes), InvalidArgumentError);
    }),
  );
  assert.deepEqual(broadcastShapes([5, 1, 3], 3), [5, 1, 3]);
  assert.throws(() => broadcastShapes([2, 3], [4]), /shapes must be .* which \(2, 3\) \(4,\) are not/);
});

test("a view that is broadcast has the elements of the array in each place", () => {
  const a = full([2, 1], 7, { dtype: "int16" });
  a.set(1, 0, 9);
  const view = a.broadcastTo([3, 2, 2]);
  assert.deepEqual(
    view.toArray(),
    [1, 2, 3].map(() => [
      [7, 7],
      [9, 9],
    ]),
  );
  assert.deepEqual(view.strides, [0, 1, 0]);
  assert.throws(
    () => zeros([2, 3]).broadcastTo([2]),
    /shape must be a shape to which \(2, 3\) broadcasts, which \(2,\) is not/,
  );
  assert.throws(() => zeros([2, 3]).broadcastTo([3, 3]), InvalidArgumentError);
});
