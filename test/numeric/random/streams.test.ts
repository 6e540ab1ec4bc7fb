import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidArgumentError, InvalidStateError } from "ungil";
import * as np from "ungil/numeric";
import { arrayOf, bitsOf, listOf, viewOf } from "../support/arrays.js";
import { inOtherChunks } from "../support/chunks.js";

const n = 100_003;

const fast: Record<string, (r: np.FastGenerator) => np.NDArray> = {
  random: (r) => r.randomSync(n),
  "random in float32": (r) => r.randomSync(n, { dtype: "float32" }),
  integers: (r) => r.integersSync(-1000, 1000, n),
  "integers in int8": (r) => r.integersSync(-128, 128, n, { dtype: "int8" }),
  "integers in float64": (r) => r.integersSync(-(2 ** 52), 2 ** 52 - 1, n, { dtype: "float64" }),
  normal: (r) => r.normalSync(0, 1, n),
  exponential: (r) => r.exponentialSync(1, n),
};

test("numbers are the same however their work is cut, and whoever does which part first", () => {
  const any = arrayOf("int8", [1]);
  for (const [name, call] of Object.entries(fast)) {
    const expected = bitsOf(call(np.fastRng(5)));
    for (const round of [1, 2, 3]) {
      assert.equal(
        inOtherChunks(any, round, () => bitsOf(call(np.fastRng(5)))),
        expected,
        name,
      );
    }
    assert.notEqual(bitsOf(call(np.fastRng(6))), expected, name);
  }
  for (const dtype of ["float64", "float32"] as const) {
    const make = (): string => {
      const r = np.defaultRng(5);
      r.randomSync(1, { dtype });
      return bitsOf(r.randomSync(n, { dtype })) + r.randomSync();
    };
    const expected = make();
    for (const round of [1, 2, 3]) assert.equal(inOtherChunks(any, round, make), expected);
  }
});

/** The distance of counts from what is expected, in deviations of the chi-squared distribution. */
function surprise(counts: readonly number[], expected: number): number {
  const squares = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  return (squares - freedom) / Math.sqrt(2 * freedom);
}

test("fast numbers are as even, as independent and as normal as random ones are", () => {
  const size = 1 << 20;
  for (const dtype of ["float64", "float32"] as const) {
    const x = np.fastRng(11).randomSync(size, { dtype }).typed;
    const [cells, pairs] = [new Array<number>(1000).fill(0), new Array<number>(1024).fill(0)];
    const blocks = new Array<number>(1024).fill(0);
    let sum = 0;
    for (let k = 0; k < size; k++) {
      assert.ok(x[k]! >= 0 && x[k]! < 1);
      sum += x[k]!;
      cells[Math.floor(x[k]! * 1000)]! += 1;
      if (k & 1) pairs[Math.floor(x[k - 1]! * 32) * 32 + Math.floor(x[k]! * 32)]! += 1;
      // neighbours in blocks that follow each other
      if (k >= 8192) blocks[Math.floor(x[k - 8192]! * 32) * 32 + Math.floor(x[k]! * 32)]! += 1;
    }
    assert.ok(Math.abs(sum / size - 0.5) < 4 / Math.sqrt(12 * size));
    assert.ok(Math.abs(surprise(cells, size / 1000)) < 4);
    assert.ok(Math.abs(surprise(pairs, size / 2 / 1024)) < 4);
    assert.ok(Math.abs(surprise(blocks, (size - 8192) / 1024)) < 4);
  }
  const low = new Array<number>(256).fill(0);
  for (const x of np.fastRng(12).integersSync(0, 2 ** 53 - 1, size, { dtype: "float64" }).typed)
    low[x % 256]! += 1;
  assert.ok(Math.abs(surprise(low, size / 256)) < 4);
  const dice = new Array<number>(6).fill(0);
  for (const x of np.fastRng(13).integersSync(1, 6, size, { endpoint: true }).typed) dice[x - 1]! += 1;
  assert.ok(Math.abs(surprise(dice, size / 6)) < 4);
  const normal = np.fastRng(14).normalSync(3, 2, size);
  assert.ok(Math.abs(np.meanSync(normal) - 3) < 8 / Math.sqrt(size));
  assert.ok(Math.abs(np.stdSync(normal) - 2) < 8 / Math.sqrt(size));
  const within = normal.typed.filter((x) => Math.abs(x - 3) < 2).length / size;
  assert.ok(Math.abs(within - 0.682_689_5) < 4 * Math.sqrt(0.217 / size));
  const times = np.fastRng(15).exponentialSync(4, size);
  assert.ok(Math.abs(np.meanSync(times) - 4) < 16 / Math.sqrt(size));
  assert.ok(Math.abs(np.medianSync(times) - 4 * Math.LN2) < 20 / Math.sqrt(size));
});

test("calls of one generator take their numbers in their order, whichever are awaited", async () => {
  const [r, s] = [np.defaultRng(3), np.defaultRng(3)];
  const [a, b, c] = [r.random(40_000), r.normal(0, 1, 100), r.permutation(50)];
  assert.throws(() => r.randomSync(), InvalidStateError);
  const values = [bitsOf(await c), bitsOf(await b), bitsOf(await a)];
  const expected = [s.randomSync(40_000), s.normalSync(0, 1, 100), s.permutationSync(50)].map(bitsOf);
  assert.deepEqual(values, expected.toReversed());
  assert.equal(r.randomSync(), s.randomSync());
  const [f, g] = [np.fastRng(3), np.fastRng(3)];
  const pair = [f.random(9_000), f.integers(0, 9, 10)] as const;
  assert.deepEqual(listOf(await pair[1]), (g.randomSync(9_000), listOf(g.integersSync(0, 9, 10))));
  await pair[0];
});

test("an order that fails leaves the generator to those that wait", async () => {
  const r = np.defaultRng(3);
  const a = arrayOf("float64", [1, 2, 3]);
  const first = r.random(100);
  const broken = r.shuffle(a);
  a.block.dispose();
  const last = r.random(3);
  await assert.rejects(broken, InvalidStateError);
  assert.equal((await first).size, 100);
  assert.equal((await last).size, 3);
  assert.equal(typeof r.randomSync(), "number");
});

test("generators of spawn() have numbers of their own, the same for the same seed", () => {
  for (const make of [np.defaultRng, np.fastRng]) {
    const parts = (): string[] => {
      const r = make(9);
      return [r, ...r.spawn(2), ...r.spawn(1)].map((each) => bitsOf(each.randomSync(4)));
    };
    assert.deepEqual(parts(), parts());
    assert.equal(new Set(parts()).size, 4);
  }
  assert.notEqual(np.defaultRng().randomSync(), np.defaultRng().randomSync());
  assert.notEqual(np.fastRng().randomSync(), np.fastRng().randomSync());
});

test("a shuffle keeps the elements of any view, and touches no others", () => {
  const r = np.defaultRng(1);
  for (const dtype of ["float64", "float32", "int16", "uint8"] as const) {
    const whole = arrayOf(
      dtype,
      Array.from({ length: 60 }, (_, k) => k),
    );
    const view = viewOf(whole, [5, 4], [-9, 2], 45);
    const before = listOf(view);
    const others = listOf(whole).filter((x) => !before.includes(x));
    r.shuffleSync(view, { axis: 1 });
    const after = listOf(view);
    for (let row = 0; row < 5; row++) {
      const part = (list: number[]): number[] => list.slice(row * 4, row * 4 + 4);
      assert.deepEqual(
        part(after).toSorted((x, y) => x - y),
        part(before).toSorted((x, y) => x - y),
      );
    }
    assert.deepEqual(
      listOf(whole).filter((x) => !before.includes(x)),
      others,
    );
  }
  assert.throws(() => r.shuffleSync(viewOf(arrayOf("int8", [1]), [4], [0])), InvalidArgumentError);
  r.shuffleSync(viewOf(arrayOf("int8", [1]), [2, 0], [0, 1]));
});

test("bad arguments of generators are refused from the call, by name", () => {
  const r = np.defaultRng(1);
  const f = np.fastRng(1);
  const refused = (work: () => unknown, argument: string): void => {
    assert.throws(work, (error) => error instanceof InvalidArgumentError && error.argument === argument);
  };
  for (const make of [np.defaultRng, np.fastRng]) {
    refused(() => make(-1), "seed");
    refused(() => make(0.5), "seed");
    refused(() => make([]), "seed");
    refused(() => make([1, -1]), "seed[1]");
    refused(() => make("1" as never), "seed");
  }
  for (const each of [r, f]) {
    refused(() => each.random(-1), "size");
    refused(() => each.random([2, 0.5]), "size[1]");
    refused(() => each.randomSync(1, { dtype: "int8" as never }), "dtype");
    refused(() => each.integersSync(5, 5, 1), "high");
    refused(() => each.integersSync(0), "low");
    refused(() => each.integersSync(0, 2 ** 31 + 1, 1), "high");
    refused(() => each.integersSync(-1, 5, 1, { dtype: "uint8" }), "low");
    refused(() => each.integersSync(-(2 ** 53) + 1, 2 ** 53 - 1, 1, { dtype: "float64" }), "high");
    refused(() => each.integersSync(0, 5, 1, { dtype: "float32" as never }), "dtype");
    refused(() => each.normalSync(0, -1), "deviation");
    refused(() => each.normal(NaN), "mean");
    refused(() => each.exponential(-1), "mean");
    refused(() => each.spawn(-1), "count");
  }
  refused(() => r.choice(-1), "a");
  refused(() => r.choice(0), "a");
  refused(() => r.choice(3, 4, { replace: false }), "size");
  refused(() => r.choice(3, 1, { p: [0.5, 0.6, 0] }), "p");
  refused(() => r.choice(3, 1, { p: [0.5, 0.5] }), "p");
  refused(() => r.choice(3, 3, { p: [0.5, 0.5, 0], replace: false }), "p");
  refused(() => r.permutationSync(2.5), "x");
  refused(() => r.shuffle(arrayOf("int8", [1], [])), "axis");
  assert.deepEqual(r.choiceSync(0, 0).shape, [0]);
  assert.deepEqual(r.permutationSync(0).shape, [0]);
  assert.deepEqual(r.randomSync([3, 0]).shape, [3, 0]);
});
