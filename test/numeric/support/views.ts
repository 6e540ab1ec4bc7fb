import fc from "fast-check";
import type { DType, NDArray } from "ungil/numeric";
import { dtypes, randomArray, viewOf } from "./arrays.js";

/** A small array of any type, or a view of one: transposed, backwards, with steps, with repeated elements. */
export const anyArray = (types: readonly DType[] = dtypes, least = 0): fc.Arbitrary<NDArray> =>
  fc
    .record({
      dtype: fc.constantFrom(...types),
      axes: fc.array(
        fc.record({
          length: fc.integer({ min: least, max: 5 }),
          step: fc.constantFrom(1, 1, 1, 2, -1, -2, 0),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      shuffle: fc.integer({ min: 0, max: 23 }),
      lead: fc.integer({ min: 0, max: 3 }),
      seed: fc.integer({ min: 0, max: 1 << 30 }),
    })
    .map(({ dtype, axes, shuffle, lead, seed }) => {
      const lengths = axes.map(({ length, step }) => Math.max(1, (length - 1) * Math.abs(step) + 1));
      const whole = randomArray(dtype, [lead + lengths.reduce((x, y) => x * y, 1)], seed);
      let [stride, offset] = [1, lead];
      const strides: number[] = [];
      for (const [k, { length, step }] of axes.entries()) {
        strides.push(stride * step);
        if (step < 0 && length > 0) offset -= stride * step * (length - 1);
        stride *= lengths[k]!;
      }
      const order = axes
        .map((_, k) => k)
        .toSorted((x, y) => (((x + 1) * (shuffle + 3)) % 5) - (((y + 1) * (shuffle + 3)) % 5));
      return viewOf(
        whole,
        order.map((k) => axes[k]!.length),
        order.map((k) => strides[k]!),
        offset,
      );
    });
