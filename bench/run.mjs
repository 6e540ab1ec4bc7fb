// Measures ungil beside other pools: see README.md. `npm run bench -- --help` tells the options.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { contenders } from "./contenders.mjs";
import { tables } from "./numeric/report.mjs";
import { rowNamed } from "./rows/index.mjs";
import { describeMachine } from "./runner/machine.mjs";
import { nodeVersion, pythonVersion } from "./runner/processes.mjs";
import { goalTable, page, rowTable } from "./runner/report.mjs";
import { faultsOf, mediansOf } from "./runner/results.mjs";
import { measureRounds } from "./runner/session.mjs";

const bench = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(bench);

/** Rounds of the second try of a check: what a busy minute did to the first one should not meet all of them. */
const secondRounds = 3;

/** What quick runs reach: by `--quick --record`. */
const quickReference = path.join(bench, "quick.json");

const usage = `npm run bench -- [options]
  --quick           small sizes, fewer contenders, a minute or two
  --rounds=<n>      rounds (3; quick: 1)
  --record          with --quick: keeps what each goal reached in quick.json, which checks go by
  --row=<name>      only this row; may be repeated
  --pool=<name>     only this contender; may be repeated
  --node=<path>     another Node binary
  --check           with --quick: exit code 1 when a ratio is under half of its goal and of what it is in
                    quick.json, or ungil fails, and again in each round of a second try
  --render          measures nothing: writes RESULTS.md anew from results/
A full run of everything writes results/node-<major>.json and RESULTS.md; any other only prints, and keeps its
numbers in build/bench/last.json.`;

/** @throws Error that tells what is wrong with an argument. */
function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      render: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      rounds: { type: "string" },
      record: { type: "boolean", default: false },
      row: { type: "string", multiple: true, default: [] },
      pool: { type: "string", multiple: true, default: [] },
      node: { type: "string", default: process.execPath },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds is ${values.rounds}: give 1 or more`);
  for (const name of ["check", "record"])
    if (values[name] && !values.quick) throw new Error(`--${name} is for quick runs: add --quick`);
  for (const name of values.row) rowNamed(name);
  for (const name of values.pool) {
    if (!contenders[name])
      throw new Error(`there is no pool "${name}"; there are ${Object.keys(contenders).join(", ")}`);
  }
  return { ...values, rounds };
}

/** Runs npm; its failure ends the program with the same code. */
function npm(...args) {
  const { status } = spawnSync("npm", args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** Builds the package and installs the peers where that has not been done. */
function prepare() {
  if (!existsSync(path.join(root, "dist/node/index.js"))) npm("run", "build");
  const modules = path.join(bench, "node_modules");
  const wanted = JSON.parse(readFileSync(path.join(bench, "package.json"), "utf8")).devDependencies;
  const versions = {};
  const installed = (name) => path.join(modules, name, "package.json");
  if (Object.keys(wanted).some((name) => !existsSync(installed(name)))) npm("ci", "--prefix", bench);
  for (const name of Object.keys(wanted))
    versions[name] = JSON.parse(readFileSync(installed(name), "utf8")).version;
  linkPackage(path.join(modules, "ungil"));
  return { ungil: JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")).version, ...versions };
}

/** Makes `import … from "ungil"` find the built package. Not by a symbolic link: tools would walk in circles. */
function linkPackage(folder) {
  mkdirSync(folder, { recursive: true });
  const exports = { ".": "./index.js", "./multiprocessing": "./multiprocessing.js" };
  const manifest = { name: "ungil", type: "module", exports };
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  for (const file of Object.values(exports))
    writeFileSync(path.join(folder, file), `export * from "../../../dist/node/${path.basename(file)}";\n`);
}

/** One line per measurement, as it comes. */
function tell({ round, row, contender, outcome }) {
  const [metric] = Object.keys(row.metrics);
  const { metrics, failed, unavailable } = outcome;
  const told = metrics
    ? `${Number(metrics[metric].toPrecision(3))} ${row.metrics[metric].title}`
    : (failed ?? `not available: ${unavailable}`);
  console.error(`${round + 1}  ${row.name.padEnd(16)} ${contender.padEnd(22)} ${told}`);
}

/** The faults of rows that have them again when they are measured a second time. */
async function lastingFaults(run, results) {
  const { reached } = existsSync(quickReference) ? JSON.parse(readFileSync(quickReference, "utf8")) : {};
  const names = [...new Set(faultsOf(results, reached).map(({ row }) => row))];
  if (names.length === 0) return [];
  console.error(
    `\nonce more, because a ratio is under half of its goal or a row failed: ${names.join(", ")}`,
  );
  const again = {};
  await measureRounds({ ...run, rows: names, rounds: secondRounds }, { results: again, report: tell });
  return faultsOf(again, reached);
}

function writeJson(file, value, indent = 1) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, undefined, indent)}\n`);
}

function writeResults() {
  writeFileSync(
    path.join(bench, "RESULTS.md"),
    page(committedRuns(path.join(bench, "results"))) + arraysPart(),
  );
}

/** What `npm run bench:numeric -- --write` has measured. */
function arraysPart() {
  const runs = committedRuns(path.join(bench, "numeric/results"));
  return runs.length > 0 ? `\n## Arrays\n\n${tables(runs)}\n` : "";
}

/** Every committed run, the oldest Node version first. */
function committedRuns(folder) {
  if (!existsSync(folder)) return [];
  const major = (run) => Number(/^v?(\d+)/.exec(run.node)[1]);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(path.join(folder, name), "utf8")))
    .toSorted((one, other) => major(one) - major(other));
}

async function main() {
  const options = readOptions();
  if (options.help) return console.log(usage);
  if (options.render) return writeResults();
  const versions = prepare();
  const node = nodeVersion(options.node);
  const nodeMajor = Number(/^v(\d+)/.exec(node)[1]);
  const python = pythonVersion();
  if (!python) console.error("Python's rows are skipped: there is no python3");
  const machine = describeMachine();
  const run = {
    binary: options.node,
    nodeMajor,
    quick: options.quick,
    rounds: options.rounds,
    rows: options.row,
    wanted: options.pool,
    python: python !== undefined,
  };
  const results = {};
  const record = (loads) => ({
    node,
    day: new Date().toISOString().slice(0, 10),
    machine,
    versions,
    python: python ?? "none",
    loads,
    quick: options.quick,
    results,
  });
  const whole = options.row.length === 0 && options.pool.length === 0;
  const keep = path.join(root, "build/bench/last.json");
  // what has been measured is not lost when a later round is interrupted
  const roundDone = (loads) => writeJson(keep, record(loads));
  const loads = await measureRounds(run, { results, report: tell, roundDone });

  for (const name of Object.keys(results))
    console.log(`\n${name}\n${rowTable(rowNamed(name), results[name])}`);
  console.log(
    `\nGoals, Node ${node}, load ${loads.map(({ before, after }) => `${before} → ${after}`).join(", ")}`,
  );
  console.log(goalTable(results));
  if (whole && !options.quick) {
    writeJson(path.join(bench, `results/node-${nodeMajor}.json`), record(loads));
    writeResults();
  }
  if (whole && options.record) {
    const { day } = record(loads);
    writeJson(quickReference, { node, day, rounds: options.rounds, reached: mediansOf(results) }, 2);
  }
  if (!options.check) return;
  const faults = await lastingFaults(run, results);
  for (const { row, text } of faults) console.error(`${row}: ${text}`);
  if (faults.length > 0) process.exitCode = 1;
  else console.error("no ratio is under half of its goal");
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
