// jax-js on WebAssembly, one thread in Node.
import { readFileSync } from "node:fs";
import { defaultDevice, init, jit, numpy as np, random } from "@jax-js/jax";
import { keep, serve, uniform } from "./serve.mjs";

const { version } = JSON.parse(
  readFileSync(new URL("../../node_modules/@jax-js/jax/package.json", import.meta.url), "utf8"),
);

// the other devices, which it looks for unless told, are those of browsers
await init("wasm");
defaultDevice("wasm");

const given = keep((dtype, n) => {
  // it is given float64 by a cast: a `Float64Array` makes it ask for `Float16Array`, which is as new as Node 24
  const array = np.array(uniform("float32", n)).astype(np[dtype]);
  return n === 1024 ? array.reshape([n, n]) : array;
});

const fused = jit((a, b, c) => a.mul(b).add(c));
const count = jit((a) => np.sum(np.greater(a, 0.5).astype(np.int32)));

// an operation takes what it is given unless a reference of its own is passed
function work(operation, dtype, n) {
  const [a, b, c] = [0, 1, 2].map((k) => given(dtype, n, k));
  const made = {
    ...Object.fromEntries(
      ["sum", "mean", "std", "min", "max", "cumsum", "sort", "argsort", "sqrt", "exp", "log", "sin"].map(
        (name) => [name, () => np[name](a.ref)],
      ),
    ),
    var: () => np.var_(a.ref),
    dot: () => np.dot(a.ref, b.ref),
    matmul: () => np.matmul(a.ref, b.ref),
    fused: () => fused(a.ref, b.ref, c.ref),
    count: () => count(a.ref),
    random: dtype === "float32" ? () => random.uniform(random.key(1), [n]) : undefined,
  }[operation];
  return (
    made &&
    (async () => {
      const result = await made().blockUntilReady();
      result.dispose();
    })
  );
}

await serve(`jax-js ${version}`, work);
