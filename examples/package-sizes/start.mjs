// What `npm start` runs: the sizes of every package this checkout has installed, computed on every core by
// `ungil map`, and how much faster that is than one core.
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { findPackages, toBatches } from "./packages.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../..");
const command = path.join(root, "dist/cli/main.js");

/** About so many bytes make one record; a larger file is a record of its own. */
const batchBytes = 512 * 1024;
/** One core is measured for about so many ms: on all packages, or on some where that would take longer. */
const oneCoreTime = 20_000;
const shown = 15;

if (!existsSync(command)) fail(`${command} is missing: npm run build`);
const modules = path.join(root, "node_modules");
if (!existsSync(modules)) fail(`${modules} is missing: npm install`);
const packages = findPackages(realpathSync(modules));
if (packages.length === 0) fail(`there is no JavaScript below ${modules}`);

const cores = availableParallelism();
const [loadBefore = 0] = loadavg();
const files = packages.reduce((sum, each) => sum + each.files.length, 0);
const batches = toBatches(packages, batchBytes);
const bytes = packages.reduce((sum, each) => sum + each.bytes, 0);
console.log(
  `Compressing ${count(files)} JavaScript files of ${count(packages.length)} packages (${megabytes(bytes)}) ` +
    `in ${count(batches.length)} batches on ${cores} ${cores === 1 ? "core" : "cores"}:\n` +
    "gzip level 9 and brotli quality 8 for each file, by\n" +
    "  ungil map examples/package-sizes/task.ts#measure --input ndjson < batches.ndjson\n",
);
const whole = await run(batches, []);
report(whole.results);
console.log(`\nAll of it took ${seconds(whole.elapsed)} on ${cores} ${cores === 1 ? "core" : "cores"}.`);
await compare(whole.elapsed);

/** Runs `ungil map` over the batches and answers with its results and its time, starts included. */
async function run(records, options) {
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      command,
      "map",
      `${path.join(here, "task.ts")}#measure`,
      "--input",
      "ndjson",
      "--total",
      String(records.length),
      ...options,
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(signal ?? code));
  });
  const results = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => results.push(JSON.parse(line)));
  const input = Readable.from(records).map((record) => `${JSON.stringify(record)}\n`);
  // a command that ends early says why itself
  const fed = pipeline(input, child.stdin).catch((error) => {
    if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
  const [outcome] = await Promise.all([ended, fed]);
  if (outcome !== 0) fail(`ungil map ended with ${outcome}: see above`);
  if (results.length !== records.length) {
    fail(`${records.length} batches went in, ${results.length} results came out`);
  }
  return { results, elapsed: performance.now() - started };
}

/** The table of the heaviest packages. */
function report(results) {
  const sums = new Map(packages.map(({ folder }) => [folder, { files: 0, raw: 0, gzip: 0, brotli: 0 }]));
  for (const result of results) add(sums.get(result.folder), result);
  const rows = packages.map((each) => ({ ...each, ...sums.get(each.folder) }));
  rows.sort((left, right) => right.raw - left.raw);
  const total = { name: "all packages", version: "", files: 0, raw: 0, gzip: 0, brotli: 0 };
  for (const row of rows) add(total, row);
  const rest = rows.length - shown;
  const cells = (row) => [
    row.name,
    row.version,
    count(row.files),
    ...[row.raw, row.gzip, row.brotli].map(kilobytes),
  ];
  const table = [
    ["package", "version", "files", "raw kB", "gzip kB", "brotli kB"],
    ...rows.slice(0, shown).map(cells),
    ...(rest > 0 ? [[`… and ${count(rest)} more`, "", "", "", "", ""]] : []),
    cells(total),
  ];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join("  ")
      .trimEnd(),
  );
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  console.log(["", lines[0], rule, ...lines.slice(1, -1), rule, lines.at(-1)].join("\n"));
  console.log(
    `\ngzip saves ${percent(1 - total.gzip / total.raw)}, brotli ${percent(1 - total.brotli / total.raw)}.`,
  );
}

/** The same batches, once on one core and once on all. */
async function compare(elapsed) {
  if (cores === 1) return console.log("There is one core here, so nothing to compare it with.");
  const share = oneCoreTime / (elapsed * cores);
  const sample = share >= 1 ? packages : pick(share);
  const records = sample === packages ? batches : toBatches(sample, batchBytes);
  const one = await run(records, ["--quiet", "-j", "1"]);
  const all = sample === packages ? whole : await run(records, ["--quiet"]);
  console.log(
    `One core against ${cores}, measured on ${count(sample.length)} of ${count(packages.length)} packages ` +
      `(the same ${count(records.length)} batches, start of the program included):\n` +
      `${seconds(one.elapsed)} with -j 1, ${seconds(all.elapsed)} with all cores: ` +
      `${(one.elapsed / all.elapsed).toFixed(2)} times as fast.`,
  );
  if (loadBefore > cores / 2) {
    console.log(
      `(The machine had other work too: a load average of ${loadBefore.toFixed(1)} before the start.)`,
    );
  }
}

/** About this share of the bytes: every second package but the giants, a mix like the whole. */
function pick(share) {
  const sample = [];
  let left = bytes * share;
  for (let index = 1; index < packages.length; index += 2) {
    const size = packages[index].bytes;
    if (size > left || size > (bytes * share) / 4) continue;
    sample.push(packages[index]);
    left -= size;
  }
  return sample.length > 0 ? sample : packages;
}

function add(sum, each) {
  for (const key of ["files", "raw", "gzip", "brotli"]) sum[key] += each[key];
}

function fail(message) {
  console.error(`package-sizes: ${message}`);
  process.exit(1);
}

function count(value) {
  return value.toLocaleString("en");
}

function kilobytes(value) {
  return (value / 1000).toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

function megabytes(value) {
  return `${(value / 1e6).toFixed(1)} MB`;
}

function percent(value) {
  return `${(value * 100).toFixed(1)} %`;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
