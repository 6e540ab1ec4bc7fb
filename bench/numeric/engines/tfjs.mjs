// TensorFlow.js on WebAssembly: float32 only, one thread in Node.
import { createRequire } from "node:module";
import path from "node:path";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { keep, serve, uniform } from "./serve.mjs";

const require = createRequire(import.meta.url);
const home = path.dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"));
setWasmPaths(`${path.join(home, "dist")}${path.sep}`);
await tf.setBackend("wasm");
await tf.ready();

const given = keep((dtype, n) =>
  n === 1024 ? tf.tensor2d(uniform(dtype, n), [n, n]) : tf.tensor1d(uniform(dtype, n)),
);

function work(operation, dtype, n) {
  if (dtype !== "float32") return undefined;
  const [a, b, c] = [0, 1, 2].map((k) => given(dtype, n, k));
  const made = {
    sum: () => tf.sum(a),
    mean: () => tf.mean(a),
    min: () => tf.min(a),
    max: () => tf.max(a),
    dot: () => tf.dot(a, b),
    cumsum: () => tf.cumsum(a),
    fused: () => tf.tidy(() => tf.add(tf.mul(a, b), c)),
    sqrt: () => tf.sqrt(a),
    exp: () => tf.exp(a),
    log: () => tf.log(a),
    sin: () => tf.sin(a),
    count: () => tf.tidy(() => tf.sum(tf.cast(tf.greater(a, 0.5), "float32"))),
    matmul: () => tf.matMul(a, b),
  }[operation];
  return (
    made &&
    (() => {
      const result = made();
      result.dataSync();
      result.dispose();
    })
  );
}

await serve(`tfjs-backend-wasm ${require("@tensorflow/tfjs-backend-wasm/package.json").version}`, work);
