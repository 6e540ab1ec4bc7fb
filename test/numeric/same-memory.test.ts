import assert from "node:assert/strict";
import { test } from "node:test";
import { ThreadPoolExecutor } from "ungil";
import { add, addSync, arange, empty, from, type NDArray, ones, scope } from "ungil/numeric";

const limit = { timeout: 30_000 };

test("an operand that lies where the result begins, but is repeated over it, is read before it is overwritten", () => {
  const rows = arange(12).reshape([4, 3]);
  addSync(rows.slice("0:1"), rows, { out: rows });
  assert.deepEqual(rows.toArray(), [
    [0, 2, 4],
    [3, 5, 7],
    [6, 8, 10],
    [9, 11, 13],
  ]);
  const one = from([5, 1, 2, 3, 4, 5, 6, 7, 8]);
  const square = one.reshape([3, 3]);
  addSync(square.slice("0:1", "0:1"), ones([3, 3]), { out: square });
  assert.deepEqual(one.toArray(), new Array(9).fill(6));
});

test(
  "an operation in place ends though its array is disposed, or its scope is left, meanwhile",
  limit,
  async () => {
    const a = arange(100_000);
    const kept = a.slice("::-1");
    const disposed = add(kept, a, { out: a });
    a.dispose();
    await disposed;
    const b = arange(100_000);
    // the scope gives back what the operation keeps between on the way
    let left: Promise<NDArray> | undefined;
    scope(() => {
      left = add(b.slice("::-1"), b, { out: b });
    });
    assert.equal(await left, b);
    assert.ok(b.typed.every((value) => value === 99_999));
  },
);

test("arrays that came to a thread one by one are known to overlap there", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const added = (x: NDArray, y: NDArray): unknown => addSync(x, 10, { out: y }).toArray();
  const assigned = (x: NDArray, y: NDArray): unknown => y.assign(x).toArray();
  for (const fn of [added, assigned]) {
    const a = arange(40);
    const more = fn === added ? 10 : 0;
    assert.deepEqual(
      await pool.submit(fn, a.slice("0:39"), a.slice("1:40")),
      Array.from({ length: 39 }, (_, k) => k + more),
    );
  }
});

test("neighbours that are more than 2^31 bytes apart are found", (t) => {
  let big: NDArray<"int8">;
  try {
    // addresses only: hardly any of it is touched
    big = empty([2_200_000_000], { dtype: "int8" });
  } catch (error) {
    return t.skip((error as Error).message);
  }
  try {
    const apart = big.slice("::2190000000");
    addSync(from([5, 7], { dtype: "int8" }), 1, { out: apart });
    assert.deepEqual([big.at(0).item(), big.at(2_190_000_000).item()], [6, 8]);
    assert.deepEqual(addSync(apart, apart.slice("::-1")).toArray(), [14, 14]);
    assert.deepEqual(addSync(apart, apart).toArray(), [12, 16]);
  } finally {
    big.dispose();
  }
});
