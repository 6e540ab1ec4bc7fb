import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import * as numeric from "ungil/numeric";
import type * as FunctionsModule from "../../dist/numeric/elementwise/functions/index.js";
import type * as VectorModule from "../../dist/numeric/jit/vector.js";
import type * as WeightModule from "../../dist/numeric/jit/weight.js";
import { root } from "../project/support/project.js";
import { inOtherChunks } from "./support/chunks.js";

const built = async (name: string): Promise<unknown> => import(path.join(root, "dist/numeric", name));
const { weightOf } = (await built("jit/weight.js")) as typeof WeightModule;
const { call, f32, f64, input } = (await built("jit/vector.js")) as typeof VectorModule;
const { byLanesOf } = (await built("elementwise/functions/index.js")) as typeof FunctionsModule;

const weigh = (value: VectorModule.Vector, dtype: numeric.DType): number =>
  weightOf({ inputs: [], output: { dtype, pattern: "contiguous" }, value });

test("arithmetic weighs as much as a sum, functions more, and most what is called for each lane", () => {
  const [x, y] = [input("f64", 0), input("f64", 1)];
  assert.equal(weigh(f64.add(x, y), "float64"), 1);
  assert.equal(weigh(f64.sqrt(x), "float64"), 1);
  assert.ok(weigh(byLanesOf.exp.f64(x), "float64") > 1);
  assert.ok(weigh(byLanesOf.atan.f64(x), "float64") > weigh(byLanesOf.exp.f64(x), "float64"));
  assert.ok(weigh(byLanesOf.sin.f32(input("f32", 0)), "float32") < weigh(byLanesOf.sin.f64(x), "float64"));
  assert.ok(weigh(call("f64", "scalar_fmod_f64", x, y), "float64") > weigh(byLanesOf.exp.f64(x), "float64"));
  const single = input("f32", 0);
  assert.equal(weigh(f32.add(single, single), "float32"), 1);
});

test("functions of few elements are the same bits in as many chunks as their weight allows", () => {
  const before = numeric.getNumThreads();
  try {
    const a = numeric.linspace(-3, 3, 9001);
    for (const function_ of [numeric.expSync, numeric.sinSync, numeric.arctanSync, numeric.cbrtSync]) {
      numeric.setNumThreads(1);
      const alone = function_(a).toArray();
      for (const seed of [1, 2, 3])
        assert.deepEqual(
          inOtherChunks(a, seed, () => function_(a).toArray()),
          alone,
        );
      numeric.setNumThreads(4);
      assert.deepEqual(function_(a).toArray(), alone);
    }
  } finally {
    numeric.setNumThreads(before);
  }
});
