import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InvalidArgumentError } from "ungil";
import { fitUsl, interleave, median, quantile, ratios, summarize, uslCapacity } from "ungil/lab";

const near = (found: number, planted: number, within = 1e-6): void =>
  assert.ok(Math.abs(found - planted) <= within * Math.max(1, Math.abs(planted)), `${found}, not ${planted}`);

test("quantiles lie between the two nearest measurements, as R's type 7", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(quantile([10, 20, 30, 40, 50], 0.25), 20);
  assert.equal(quantile([10, 20, 30, 40], 0.25), 17.5);
  assert.deepEqual(summarize([5, 1, 4, 2, 3]), { samples: 5, median: 3, low: 2, high: 4, least: 1, most: 5 });
  assert.deepEqual(ratios([10, 30], [5, 10]), [2, 3]);
});

test("quantiles never leave the measurements, and grow with the share", () => {
  const numbers = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 30 });
  const share = fc.double({ noNaN: true, min: 0, max: 1 });
  fc.assert(
    fc.property(numbers, share, share, (samples, one, other) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      assert.ok(quantile(samples, low) <= quantile(samples, high) + 1e-9);
      assert.ok(quantile(samples, low) >= Math.min(...samples));
      assert.ok(quantile(samples, high) <= Math.max(...samples));
    }),
  );
});

test("what is no measurement is refused", async () => {
  const refused: (() => unknown)[] = [
    () => quantile([], 0.5),
    () => quantile([1, Number.NaN], 0.5),
    () => quantile([1], 1.5),
    () => ratios([1], [1, 2]),
    () => fitUsl([1, 2].map((workers) => ({ workers, throughput: 1 }))),
    () => fitUsl([1, 2, 2].map((workers) => ({ workers, throughput: 1 }))),
    () => fitUsl([0, 1, 2].map((workers) => ({ workers, throughput: 1 }))),
    () => fitUsl([1, 2, 3].map((workers) => ({ workers, throughput: workers - 1 }))),
    () => quantile([1], "0.5" as never),
    ...[null, 5, "x", undefined, ["1"]].flatMap((value) => [
      () => median(value as never),
      () => summarize(value as never),
      () => ratios([1], value as never),
      () => ratios(value as never, [1]),
      () => fitUsl(value as never),
    ]),
    () => fitUsl([null, null, null] as never),
  ];
  for (const call of refused) assert.throws(call, InvalidArgumentError);
  await assert.rejects(interleave(new Map(), { rounds: 0 }), InvalidArgumentError);
  for (const options of [undefined, null, 5, [], { rounds: 1, round: 1 }, { rounds: 1, signal: 5 }])
    await assert.rejects(interleave(new Map(), options as never), InvalidArgumentError);
  for (const candidates of [null, {}, [], new Map([["one", 5]])])
    await assert.rejects(interleave(candidates as never, { rounds: 1 }), InvalidArgumentError);
});

test("a fit of the Universal Scalability Law recovers the coefficients that the measurements were made with", () => {
  const coefficient = fc.oneof(fc.constant(0), fc.double({ noNaN: true, min: 1e-4, max: 0.5 }));
  fc.assert(
    fc.property(
      coefficient,
      coefficient,
      fc.double({ noNaN: true, min: 0.01, max: 1e6 }),
      (contention, coherence, single) => {
        const loads = [1, 2, 3, 4, 6, 8, 12, 16].map((workers) => ({
          workers,
          throughput: single * uslCapacity(workers, contention, coherence),
        }));
        const fit = fitUsl(loads);
        near(fit.contention, contention);
        near(fit.coherence, coherence);
        near(fit.single / single, 1);
        near(fit.explained, 1);
      },
    ),
  );
});

test("a fit of measurements that are off by a few percent comes near, and never below zero", () => {
  const off = fc.array(fc.double({ noNaN: true, min: 0.97, max: 1.03 }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(off, (factors) => {
      const loads = [1, 2, 3, 4, 6, 8, 12, 16].map((workers, at) => ({
        workers,
        throughput: 50 * uslCapacity(workers, 0.1, 0.01) * factors[at]!,
      }));
      const fit = fitUsl(loads);
      near(fit.contention, 0.1, 0.06);
      near(fit.coherence, 0.01, 0.01);
      const perfect = fitUsl(
        factors.map((factor, at) => ({ workers: at + 1, throughput: (at + 1) * factor })),
      );
      assert.ok(perfect.contention >= 0 && perfect.coherence >= 0);
    }),
  );
});

test("a fit tells where throughput is highest, or that nothing limits it", () => {
  const made = (contention: number, coherence: number) =>
    fitUsl(
      [1, 2, 4, 8].map((workers) => ({ workers, throughput: uslCapacity(workers, contention, coherence) })),
    );
  near(made(0.1, 0.01).peak, Math.sqrt(0.9 / 0.01));
  near(made(0.1, 0.01).limit, uslCapacity(Math.sqrt(90), 0.1, 0.01));
  near(made(0.25, 0).limit, 4);
  assert.equal(made(0.25, 0).peak, Infinity);
  assert.equal(made(0, 0).limit, Infinity);
});

test("interleaved measurements begin each round with another, and the first round is not counted", async () => {
  const order: string[] = [];
  const measure = (name: string) => () => order.push(name);
  const candidates = new Map(["a", "b", "c"].map((name) => [name, measure(name)]));
  const measured = await interleave(candidates, { rounds: 3 });
  assert.equal(order.join(""), "abcbcacababc");
  assert.deepEqual(measured.get("a"), [6, 8, 10]);
  assert.deepEqual(
    await interleave(candidates, { rounds: 1, warmUps: 0 }),
    new Map([
      ["a", [13]],
      ["b", [14]],
      ["c", [15]],
    ]),
  );
});

test("interleaved measurements end with the signal, and with an error", async () => {
  const controller = new AbortController();
  let measured = 0;
  const candidates = new Map([
    [1, () => ++measured],
    [2, () => (controller.abort(new Error("enough")), ++measured)],
  ]);
  await assert.rejects(interleave(candidates, { rounds: 9, signal: controller.signal }), /enough/);
  assert.equal(measured, 2);
  await assert.rejects(
    interleave(new Map([[1, () => Promise.reject(new Error("failed"))]]), { rounds: 1 }),
    /failed/,
  );
});
