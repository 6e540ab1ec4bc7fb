// Arrays beside NumPy and libraries for JavaScript: node bench/numeric/run.mjs [--rounds=N] [--only=text] [--python2=path]
// [--engines=name,…] [--write]
// One process for each engine, kept alive; in each round all are asked for a row in another order, one after the other,
// so that a change of the machine's load meets all alike. A cell is the best time of all rounds over NumPy's best; in
// brackets the ratios of the rounds' medians, from the first quarter to the third.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startEngines, startEventLoop } from "./engines.mjs";
import { tables } from "./report.mjs";
import { eventLoopRows, isLarge, nameOf, rows } from "./rows.mjs";
import { compileTriad } from "./stream.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    only: { type: "string", default: "" },
    engines: { type: "string", default: "" },
    python2: { type: "string" },
    write: { type: "boolean", default: false },
  },
});

const engines = await startEngines(
  options.engines.split(",").filter((name) => name !== ""),
  options.python2,
);
const eventLoop = startEventLoop();
await eventLoop.start();
const triad = compileTriad();

const shuffled = (list) =>
  list
    .map((each) => [Math.random(), each])
    .toSorted(([a], [b]) => a - b)
    .map(([, each]) => each);

/** About so long is a row measured in each round, in microseconds. */
const budget = 60_000;

const results = {};
/** Of each row, the 99th percentiles of the rounds, in microseconds. */
const gaps = {};
/** Bytes a second. */
let stream = 0;
const isChosen = (row) => nameOf(row).includes(options.only);
const chosen = rows.filter(isChosen);
const loadBefore = os.loadavg();
for (let round = 0; round < Number(options.rounds); round++) {
  for (const row of shuffled(chosen)) {
    const cells = (results[nameOf(row)] ??= {});
    for (const engine of shuffled(engines.filter(({ asked }) => asked(row)))) {
      const cell = (cells[engine.name] ??= { best: Infinity, medians: [] });
      if (cell.missing) continue;
      const repetitions = Math.max(
        3,
        Math.min(60, Math.floor(budget / (cell.best < Infinity ? cell.best : 20_000))),
      );
      const times = await engine.ask({ ...row, repetitions });
      if (!times) {
        cell.missing = true;
        continue;
      }
      times.sort((a, b) => a - b);
      cell.best = Math.min(cell.best, times[0]);
      cell.medians.push(times[times.length >> 1]);
    }
  }
  for (const row of shuffled(eventLoopRows.filter(isChosen))) {
    const times = (await eventLoop.ask({ ...row, repetitions: 1 }))?.toSorted((a, b) => a - b);
    // without a BLAS, a row is missing
    if (times) (gaps[nameOf(row)] ??= []).push(times[Math.ceil(times.length * 0.99) - 1]);
  }
  if (triad && chosen.some(isLarge)) stream = Math.max(stream, triad.measure());
  console.error(`round ${round + 1} of ${options.rounds}`);
}
for (const engine of [...engines, eventLoop]) engine.end();
triad?.end();

const run = {
  node: process.versions.node,
  engines: Object.fromEntries(engines.map(({ name, version }) => [name, version])),
  cpu: os.cpus()[0].model,
  cores: os.availableParallelism(),
  load: [loadBefore[0], os.loadavg()[0]],
  rounds: Number(options.rounds),
  results,
  gaps,
  stream,
};
console.log(tables([run]));
if (options.write) {
  const folder = path.join(here, "results");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `node-${Number.parseInt(run.node, 10)}.json`);
  writeFileSync(file, `${JSON.stringify(run, undefined, 1)}\n`);
  spawnSync(process.execPath, [path.join(here, "../run.mjs"), "--render"], { stdio: "inherit" });
}
