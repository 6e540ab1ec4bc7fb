import assert from "node:assert/strict";
import path from "node:path";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type * as StatsModule from "../../dist/pool/stats.js";

const root = path.resolve(import.meta.dirname, "../../..");
const { TimeSpread } = (await import(path.join(root, "dist/pool/stats.js"))) as typeof StatsModule;

/** Times from 1 µs to a day, in ms, each size as likely as any other. */
const time = fc
  .double({ min: Math.log(0.001), max: Math.log(86_400_000), noNaN: true })
  .map((logarithm) => Math.exp(logarithm));

/** The least of the times that a share of all stay within. */
function percentileOf(times: readonly number[], share: number): number {
  return times.toSorted((left, right) => left - right)[Math.ceil(times.length * share) - 1] ?? 0;
}

function assertNear(actual: number, expected: number, relative: number): void {
  assert.ok(
    Math.abs(actual - expected) <= expected * relative,
    `${actual} is more than ${relative * 100} % off ${expected}`,
  );
}

describe("the spread of times", () => {
  test("count, mean and max are exact, percentiles within 1 %, from 1 µs to a day", () => {
    fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 300 }), (times) => {
        const spread = new TimeSpread();
        for (const each of times) spread.record(each);
        const summary = spread.summary();
        assert.equal(summary.count, times.length);
        assert.equal(summary.max, Math.max(...times));
        assertNear(summary.mean, times.reduce((sum, each) => sum + each, 0) / times.length, 1e-12);
        assertNear(summary.p50, percentileOf(times, 0.5), 0.01);
        assertNear(summary.p99, percentileOf(times, 0.99), 0.01);
        assert.ok(summary.p50 <= summary.p99 && summary.p99 <= summary.max);
      }),
    );
  });

  test("at every power of two the buckets join without a gap", () => {
    for (let power = 0; power <= 40; power++) {
      for (const factor of [0.999_999, 1, 1.000_001, 1.5]) {
        const ms = (2 ** power * factor) / 1000;
        const spread = new TimeSpread();
        spread.record(ms);
        // a greater one, so that the first is not bounded by the maximum
        spread.record(ms * 4);
        assertNear(spread.summary().p50, ms, 0.01);
      }
    }
  });

  test("a time recorded several times at once is as many single ones", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(time, fc.integer({ min: 1, max: 20 })), { minLength: 1 }), (records) => {
        const [atOnce, single] = [new TimeSpread(), new TimeSpread()];
        for (const [ms, count] of records) {
          atOnce.record(ms, count);
          for (let done = 0; done < count; done++) single.record(ms);
        }
        const [left, right] = [atOnce.summary(), single.summary()];
        assertNear(left.mean, right.mean, 1e-12);
        assert.deepEqual({ ...left, mean: 0 }, { ...right, mean: 0 });
      }),
    );
  });

  test("nothing recorded is zeros; times below 1 µs and below 0 stay below 1 µs", () => {
    const spread = new TimeSpread();
    assert.deepEqual(spread.summary(), { count: 0, mean: 0, p50: 0, p99: 0, max: 0 });
    for (const ms of [0, -5, 0.0001]) spread.record(ms);
    const { count, p50, max } = spread.summary();
    assert.deepEqual([count, max], [3, 0.0001]);
    assert.ok(p50 < 0.0001);
    assert.ok(Object.isFrozen(spread.summary()));
  });

  test("what is longer than the buckets reach still counts, with its exact maximum", () => {
    const spread = new TimeSpread();
    spread.record(1e13);
    spread.record(Number.POSITIVE_INFINITY);
    assert.equal(spread.summary().count, 2);
    assert.equal(spread.summary().max, Number.POSITIVE_INFINITY);
    assert.ok(spread.summary().p50 > 4e9);
  });
});
