// An option whose value is undefined counts as left out, in the types (under `exactOptionalPropertyTypes`) and in fact.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AsyncExecutor } from "ungil";
import * as np from "ungil/numeric";

const a = np.from([
  [3, 1],
  [2, 4],
]);
const counts = np.from([1, 2, 2], { dtype: "int32" });

/** What an array or a record of arrays holds. */
const told = (value: unknown): unknown =>
  value instanceof np.NDArray
    ? [value.dtype, value.shape, value.toArray()]
    : typeof value === "object" && value !== null
      ? Object.values(value).map(told)
      : value;

const calls: Record<string, [left: () => unknown, out: () => unknown]> = {
  sort: [() => np.sortSync(a, { axis: undefined }), () => np.sortSync(a)],
  argsort: [() => np.argsortSync(a, { axis: undefined }), () => np.argsortSync(a)],
  topk: [() => np.topkSync(a, 1, { axis: undefined, largest: undefined }), () => np.topkSync(a, 1)],
  unique: [
    () => np.uniqueSync(a, { counts: undefined, inverse: undefined, index: undefined }),
    () => np.uniqueSync(a, {}),
  ],
  searchsorted: [
    () => np.searchsortedSync(counts, 2, { side: undefined }),
    () => np.searchsortedSync(counts, 2),
  ],
  bincount: [
    () => np.bincountSync(counts, { weights: undefined, minlength: undefined }),
    () => np.bincountSync(counts),
  ],
  histogram: [
    () => np.histogramSync(a, { bins: undefined, range: undefined, density: undefined }),
    () => np.histogramSync(a),
  ],
  diff: [() => np.diffSync(a, { n: undefined, axis: undefined }), () => np.diffSync(a)],
  cumsum: [() => np.cumsumSync(a, { axis: undefined }), () => np.cumsumSync(a)],
  sum: [() => np.sumSync(a, { axis: undefined, keepdims: undefined }), () => np.sumSync(a)],
  max: [() => np.maxSync(a, { axis: undefined, keepdims: undefined }), () => np.maxSync(a)],
  std: [() => np.stdSync(a, { axis: undefined, ddof: undefined }), () => np.stdSync(a)],
  argmax: [() => np.argmaxSync(a, { axis: undefined, keepdims: undefined }), () => np.argmaxSync(a)],
  random: [
    () => np.defaultRng(1).randomSync([2], { dtype: undefined }),
    () => np.defaultRng(1).randomSync([2]),
  ],
  integers: [
    () => np.fastRng(1).integersSync(0, 9, [3], { dtype: undefined, endpoint: undefined }),
    () => np.fastRng(1).integersSync(0, 9, [3]),
  ],
};

for (const [name, [left, out]] of Object.entries(calls)) {
  test(`an option of ${name} that is undefined counts as left out`, () => {
    assert.deepEqual(told(left()), told(out()));
  });
}

test("an option of retries that is undefined counts as left out", async () => {
  await using executor = new AsyncExecutor();
  const careful = executor.with({
    retries: { attempts: 2, backoff: undefined, factor: undefined, maxBackoff: undefined, jitter: undefined },
  });
  let attempts = 0;
  const value = await careful.submit(() => {
    attempts += 1;
    if (attempts < 3) throw new RangeError("again");
    return attempts;
  });
  assert.equal(value, 3);
});
