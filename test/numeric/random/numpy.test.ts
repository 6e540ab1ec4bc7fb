import assert from "node:assert/strict";
import { test } from "node:test";
import * as np from "ungil/numeric";
import { arrayOf } from "../support/arrays.js";
import { type Call, compare } from "../support/compare.js";
import { live, recorded, withoutNumPy } from "../support/numpy.js";

const seed = 20_260_101;
const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

/** As NumPy's expressions read, with the generator as `r`. */
const calls: Record<string, (r: np.RandomGenerator) => unknown> = {
  "R.random(37)": (r) => r.randomSync(37),
  "R.random((3, 5), dtype=np.float32)": (r) => r.randomSync([3, 5], { dtype: "float32" }),
  "(lambda r: (r.random(3, dtype=np.float32), r.random(4, dtype=np.float32), r.random(2))[1])(R)": (r) => {
    r.randomSync(3, { dtype: "float32" });
    return r.randomSync(4, { dtype: "float32" });
  },
  "(lambda r: (r.random(3, dtype=np.float32), r.random(4, dtype=np.float32), r.random(2))[2])(R)": (r) => {
    r.randomSync(3, { dtype: "float32" });
    r.randomSync(4, { dtype: "float32" });
    return r.randomSync(2);
  },
  "np.random.default_rng(0).random(3)": () => np.defaultRng(0).randomSync(3),
  "np.random.default_rng(2**70 + 5).random(3)": () => np.defaultRng(2n ** 70n + 5n).randomSync(3),
  "np.random.default_rng([1, 2**40, 3, 4, 5, 6]).random(3)": () =>
    np.defaultRng([1, 2 ** 40, 3, 4, 5, 6]).randomSync(3),
  "np.random.Generator(np.random.PCG64(np.random.SeedSequence(7).spawn(3)[2])).random(3)": () =>
    np.defaultRng(7).spawn(3)[2]!.randomSync(3),
  "R.integers(10, size=50)": (r) => r.integersSync(10, undefined, 50),
  "R.integers(-5, 2**31 - 1, 20, dtype=np.int32)": (r) => r.integersSync(-5, 2 ** 31 - 1, 20),
  "R.integers(0, 2**32, 20, dtype=np.uint32)": (r) => r.integersSync(0, 2 ** 32, 20, { dtype: "uint32" }),
  "R.integers(-2**40, 2**45, 20)": (r) => r.integersSync(-(2 ** 40), 2 ** 45, 20, { dtype: "float64" }),
  "R.integers(0, 2**32, 20)": (r) => r.integersSync(0, 2 ** 32, 20, { dtype: "float64" }),
  "R.integers(0, 2**32 - 1, 20)": (r) => r.integersSync(0, 2 ** 32 - 1, 20, { dtype: "float64" }),
  "R.integers(-7, 1000, 21, dtype=np.int16)": (r) => r.integersSync(-7, 1000, 21, { dtype: "int16" }),
  "R.integers(0, 2**16, 21, dtype=np.uint16)": (r) => r.integersSync(0, 2 ** 16, 21, { dtype: "uint16" }),
  "R.integers(-128, 100, 23, dtype=np.int8)": (r) => r.integersSync(-128, 100, 23, { dtype: "int8" }),
  "R.integers(0, 256, 23, dtype=np.uint8)": (r) => r.integersSync(0, 256, 23, { dtype: "uint8" }),
  "R.integers(3, 3, 4, endpoint=True, dtype=np.uint8)": (r) =>
    r.integersSync(3, 3, 4, { dtype: "uint8", endpoint: true }),
  "R.integers(0, 2, 40, dtype=bool)": (r) => r.integersSync(0, 2, 40, { dtype: "bool" }),
  "R.normal(size=600)": (r) => r.normalSync(undefined, undefined, 600),
  "R.normal(10, 0.5, (3, 4))": (r) => r.normalSync(10, 0.5, [3, 4]),
  "R.exponential(size=400)": (r) => r.exponentialSync(undefined, 400),
  "R.exponential(2.5, (4, 3))": (r) => r.exponentialSync(2.5, [4, 3]),
  "R.permutation(60)": (r) => r.permutationSync(60),
  "R.permutation(np.arange(24, dtype=np.int16).reshape(6, 4))": (r) =>
    r.permutationSync(arrayOf("int16", range(24), [6, 4])),
  "R.permutation(np.arange(24, dtype=np.float64).reshape(6, 4), axis=1)": (r) =>
    r.permutationSync(arrayOf("float64", range(24), [6, 4]), { axis: 1 }),
  "(lambda r, a: (r.shuffle(a), a)[1])(R, np.arange(30, dtype=np.int32))": (r) => {
    const a = arrayOf("int32", range(30));
    r.shuffleSync(a);
    return a;
  },
  "(lambda r, a: (r.shuffle(a, axis=1), a)[1])(R, np.arange(30, dtype=np.int32).reshape(5, 6))": (r) => {
    const a = arrayOf("int32", range(30), [5, 6]);
    r.shuffleSync(a, { axis: 1 });
    return a;
  },
  "R.choice(20, 12)": (r) => r.choiceSync(20, 12),
  "R.choice(20, 12, replace=False)": (r) => r.choiceSync(20, 12, { replace: false }),
  "R.choice(20, 12, replace=False, shuffle=False)": (r) =>
    r.choiceSync(20, 12, { replace: false, shuffle: false }),
  "R.choice(20000, 30, replace=False)": (r) => r.choiceSync(20_000, 30, { replace: false }),
  "R.choice(20000, 600, replace=False)[:50]": (r) =>
    arrayOf("int32", r.choiceSync(20_000, 600, { replace: false }).typed.slice(0, 50)),
  "R.choice(5, 12, p=[0.1, 0.2, 0.3, 0.15, 0.25])": (r) =>
    r.choiceSync(5, 12, { p: [0.1, 0.2, 0.3, 0.15, 0.25] }),
  "R.choice(6, 5, replace=False, p=[0.1, 0.2, 0.3, 0.15, 0.25, 0])": (r) =>
    r.choiceSync(6, 5, { replace: false, p: [0.1, 0.2, 0.3, 0.15, 0.25, 0] }),
  "R.choice(np.arange(24, dtype=np.int16).reshape(6, 4), (2, 3))": (r) =>
    r.choiceSync(arrayOf("int16", range(24), [6, 4]), [2, 3]),
  "(lambda r: [r.random(), r.integers(100), r.normal(), r.integers(100), r.random()])(R)": (r) =>
    arrayOf("float64", [
      r.randomSync(),
      r.integersSync(100),
      r.normalSync(),
      r.integersSync(100),
      r.randomSync(),
    ]),
};

const call = (work: (r: np.RandomGenerator) => unknown): Call => ({ call: () => work(np.defaultRng(seed)) });

test("the generator's numbers, choices and orders are NumPy's, bit for bit", () => {
  const cases = recorded("random");
  for (const each of cases) {
    const work = calls[each.expression.replaceAll(`np.random.default_rng(${seed})`, "R")];
    assert.ok(work, `no call for ${each.expression}`);
    compare(each, call(work));
  }
  assert.equal(cases.length, Object.keys(calls).length);
});

const long: Record<string, (r: np.RandomGenerator) => unknown> = {
  "R.random(300_001)": (r) => r.randomSync(300_001),
  "R.random(300_001, dtype=np.float32)": (r) => r.randomSync(300_001, { dtype: "float32" }),
  "(lambda r: (r.random(100_001, dtype=np.float32), r.random(100_000, dtype=np.float32), r.random(3))[2])(R)":
    (r) => {
      r.randomSync(100_001, { dtype: "float32" });
      r.randomSync(100_000, { dtype: "float32" });
      return r.randomSync(3);
    },
  "R.integers(0, 3_000_000_000, 100_000)": (r) => r.integersSync(0, 3e9, 100_000, { dtype: "float64" }),
  "R.integers(0, 200, 100_000, dtype=np.uint8)": (r) => r.integersSync(0, 200, 100_000, { dtype: "uint8" }),
  "R.integers(0, 40_000, 100_000, dtype=np.uint16)": (r) =>
    r.integersSync(0, 40_000, 100_000, { dtype: "uint16" }),
  "R.permutation(100_000)": (r) => r.permutationSync(100_000),
  "R.choice(100_000, 50_000, replace=False)": (r) => r.choiceSync(100_000, 50_000, { replace: false }),
  "R.choice(100_000, 1_000, replace=False)": (r) => r.choiceSync(100_000, 1_000, { replace: false }),
};

test("long streams are NumPy's too, live, wherever they are cut for threads", {
  skip: withoutNumPy(),
}, () => {
  const generator = `np.random.default_rng(${seed})`;
  const expressions = Object.keys(long);
  const values = live(
    expressions.map((expression) => ({
      expression: expression.replaceAll("R.", `${generator}.`).replaceAll("(R)", `(${generator})`),
      inputs: {},
    })),
  );
  for (const [k, each] of values.entries()) compare(each, call(long[expressions[k]!]!));
});

test("normal and exponential numbers are NumPy's but for the last bit of a few in the tails", {
  skip: withoutNumPy(),
}, () => {
  const n = 200_000;
  const generator = `np.random.default_rng(${seed})`;
  const [normal, exponential] = live([
    { expression: `${generator}.normal(size=${n})`, inputs: {} },
    { expression: `${generator}.exponential(size=${n})`, inputs: {} },
  ]);
  compare(normal!, { call: () => np.defaultRng(seed).normalSync(0, 1, n), ulps: 1 });
  compare(exponential!, { call: () => np.defaultRng(seed).exponentialSync(1, n), ulps: 1 });
});
