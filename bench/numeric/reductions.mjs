// Reductions, scans, sorting and random numbers beside NumPy, interleaved: in each round, each operation once by both,
// one after the other, in a Python that stays. `node bench/numeric/reductions.mjs [part of a name] [--rounds 30]
// [--python /usr/bin/python3]`, after a build. Prints medians, their ratio, and the quartiles of the ratios.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import * as np from "../../dist/node/numeric.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "30" },
    python: { type: "string", default: "/usr/bin/python3" },
  },
});
const rounds = Number(values.rounds);

const child = `
import json, sys, time
import numpy as np
gen = np.random.default_rng(1)
arrays = {}
for n in (10_000, 1_000_000):
    x = gen.random(n)
    for dtype in ("float64", "float32"):
        arrays[f"{dtype}_{n}"] = x.astype(dtype)
print(np.__version__, flush=True)
for line in sys.stdin:
    expression, name, times = json.loads(line)
    work = eval("lambda a: " + expression)
    a = arrays[name]
    start = time.perf_counter_ns()
    for _ in range(times):
        work(a)
    print((time.perf_counter_ns() - start) / times / 1000, flush=True)
`;

const fast = np.fastRng(1);
const exact = np.defaultRng(1);

/** What NumPy does, and what we do with an array of the same kind; the first is a new random array of its size. */
const rows = {
  sum: ["a.sum()", (a) => np.sumSync(a)],
  mean: ["a.mean()", (a) => np.meanSync(a)],
  std: ["a.std()", (a) => np.stdSync(a)],
  var: ["a.var()", (a) => np.varianceSync(a)],
  min: ["a.min()", (a) => np.minSync(a)],
  max: ["a.max()", (a) => np.maxSync(a)],
  argmin: ["a.argmin()", (a) => np.argminSync(a)],
  count_nonzero: ["np.count_nonzero(a)", (a) => np.countNonzeroSync(a)],
  "sum, axis 0": ["a.reshape(-1, 100).sum(axis=0)", (a) => np.sumSync(table(a), { axis: 0 })],
  "sum, axis 1": ["a.reshape(-1, 100).sum(axis=1)", (a) => np.sumSync(table(a), { axis: 1 })],
  "min, axis 0": ["a.reshape(-1, 100).min(axis=0)", (a) => np.minSync(table(a), { axis: 0 })],
  median: ["np.median(a)", (a) => np.medianSync(a)],
  cumsum: ["a.cumsum()", (a) => np.cumsumSync(a)],
  diff: ["np.diff(a)", (a) => np.diffSync(a)],
  sort: ["np.sort(a)", (a) => np.sortSync(a)],
  argsort: ["np.argsort(a, kind='stable')", (a) => np.argsortSync(a)],
  histogram: ["np.histogram(a, 100)", (a) => np.histogramSync(a, { bins: 100 }).counts],
  unique: ["np.unique(a)", (a) => np.uniqueSync(a)],
  "random, fast": ["gen.random(a.size, dtype=a.dtype)", (a) => fast.randomSync(a.size, { dtype: a.dtype })],
  "random, NumPy's": [
    "gen.random(a.size, dtype=a.dtype)",
    (a) => exact.randomSync(a.size, { dtype: a.dtype }),
  ],
  "normal, fast": ["gen.normal(size=a.size)", (a) => fast.normalSync(0, 1, a.size)],
  "normal, NumPy's": ["gen.normal(size=a.size)", (a) => exact.normalSync(0, 1, a.size)],
  permutation: ["gen.permutation(a.size)", (a) => exact.permutationSync(a.size)],
};

const table = (a) => new np.NDArray(a.block, a.dtype, [a.size / 100, 100], [100, 1], 0);

const python = spawn(values.python, ["-u", "-c", child], { stdio: ["pipe", "pipe", "inherit"] });
const lines = createInterface(python.stdout);
const [version] = await once(lines, "line");

async function numpy(expression, name, times) {
  python.stdin.write(`${JSON.stringify([expression, name, times])}\n`);
  const [line] = await once(lines, "line");
  return Number(line);
}

function own(work, a, times) {
  const start = performance.now();
  for (let k = 0; k < times; k++) {
    const out = work(a);
    out?.block?.dispose();
  }
  return ((performance.now() - start) / times) * 1000;
}

const quantile = (list, q) => list.toSorted((x, y) => x - y)[Math.floor((list.length - 1) * q)];
const short = (x) => (x >= 1000 ? `${(x / 1000).toFixed(2)} ms` : `${x.toFixed(1)} µs`);

console.log(
  `NumPy ${version}, Node ${process.version}, ${rounds} rounds; time by NumPy, by ungil, ratio (quartiles)`,
);
for (const [name, [expression, work]] of Object.entries(rows)) {
  if (positionals.length > 0 && !positionals.some((part) => name.includes(part))) continue;
  for (const n of [10_000, 1_000_000]) {
    for (const dtype of ["float64", "float32"]) {
      const a = fast.randomSync(n, { dtype });
      const key = `${dtype}_${n}`;
      // long enough to be measured, and to have been compiled
      const times = Math.max(1, Math.round(300 / (await numpy(expression, key, 3))));
      for (let k = 0; k < 3; k++) own(work, a, times);
      const [theirs, ours] = [[], []];
      for (let round = 0; round < rounds; round++) {
        theirs.push(await numpy(expression, key, times));
        ours.push(own(work, a, times));
      }
      const ratios = theirs.map((time, k) => ours[k] / time);
      const [x, y] = [quantile(theirs, 0.5), quantile(ours, 0.5)];
      console.log(
        `${name.padEnd(18)}${dtype} 1e${Math.log10(n)}  ${short(x).padStart(10)} ${short(y).padStart(10)}  ${(y / x).toFixed(2)} (${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)})`,
      );
      a.block.dispose();
    }
  }
}
python.stdin.end();
