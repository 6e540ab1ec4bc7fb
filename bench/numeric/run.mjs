// Arrays beside NumPy and libraries for JavaScript: node bench/numeric/run.mjs [--rounds=N] [--only=text] [--write]
// One process for each engine, kept alive; in each round all are asked for a row in another order, one after the other,
// so that a change of the machine's load meets all alike. A cell is the best time of all rounds over NumPy's best; in
// brackets the ratios of the rounds' medians, from the first quarter to the third.
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { table } from "./report.mjs";
import { nameOf, rows } from "./rows.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    only: { type: "string", default: "" },
    engines: { type: "string", default: "" },
    write: { type: "boolean", default: false },
  },
});

/** A Python that has NumPy; undefined where there is none. */
function python() {
  return ["/usr/bin/python3", "python3", "python"].find(
    (command) => spawnSync(command, ["-c", "import numpy"], { stdio: "ignore" }).status === 0,
  );
}

class Engine {
  constructor(name, command, ...args) {
    this.name = name;
    this.child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.child.on("error", () => {});
    this.child.stdin.on("error", () => {});
  }

  async next() {
    const { value, done } = await this.lines.next();
    return done ? undefined : JSON.parse(value);
  }

  /** Its name with the version; undefined where it does not start. */
  async start() {
    const line = await this.next();
    return line?.ready;
  }

  async ask(question) {
    this.child.stdin.write(`${JSON.stringify(question)}\n`);
    const line = await this.next();
    return line?.times;
  }

  end() {
    this.child.stdin.end();
  }
}

const node = (file, ...args) => [process.execPath, path.join(here, "engines", file), ...args];
const found = python();
const all = [
  ...(found ? [new Engine("NumPy", found, path.join(here, "engines/with_numpy.py"))] : []),
  new Engine("ungil 1t", ...node("ungil.mjs", "1")),
  new Engine("ungil 2t", ...node("ungil.mjs", "2")),
  new Engine("loop", ...node("loop.mjs")),
  new Engine("numpy-ts", ...node("numpy-ts.mjs")),
  new Engine("tfjs", ...node("tfjs.mjs")),
].filter(({ name }) => !options.engines || options.engines.split(",").includes(name));
if (!found) console.error("no python3 with NumPy was found: times stand by themselves");

const engines = [];
for (const engine of all) {
  const version = await engine.start();
  if (version) engines.push(Object.assign(engine, { version }));
  else console.error(`${engine.name} did not start: it is left out (npm ci in bench/)`);
}

const shuffled = (list) =>
  list
    .map((each) => [Math.random(), each])
    .toSorted(([a], [b]) => a - b)
    .map(([, each]) => each);

/** About so long is a row measured in each round, in microseconds. */
const budget = 60_000;

const results = {};
const chosen = rows.filter((row) => nameOf(row).includes(options.only));
const loadBefore = os.loadavg();
for (let round = 0; round < Number(options.rounds); round++) {
  for (const row of shuffled(chosen)) {
    const cells = (results[nameOf(row)] ??= {});
    for (const engine of shuffled(engines)) {
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
  console.error(`round ${round + 1} of ${options.rounds}`);
}
for (const engine of engines) engine.end();

const run = {
  node: process.versions.node,
  engines: Object.fromEntries(engines.map(({ name, version }) => [name, version])),
  cpu: os.cpus()[0].model,
  cores: os.availableParallelism(),
  load: [loadBefore[0], os.loadavg()[0]],
  rounds: Number(options.rounds),
  results,
};
console.log(table(run));
if (options.write) {
  writeFileSync(path.join(here, "results.json"), `${JSON.stringify(run, undefined, 1)}\n`);
  spawnSync(process.execPath, [path.join(here, "../run.mjs"), "--render"], { stdio: "inherit" });
}
