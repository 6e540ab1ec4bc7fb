// What a capture costs, in µs: node bench/capture.mjs [rounds]
// Each round measures every case once, in turn, so that a change of the machine's load meets all cases alike.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { debuggerCycleCount } from "../dist/functions/debugger.js";
import { captureFunction, FunctionReviver } from "../dist/functions/index.js";

const rounds = Number(process.argv[2] ?? 200);
const perRound = 20;
const folder = mkdtempSync(path.join(os.tmpdir(), "ungil-bench-"));

/** A module of so many captured variables, with a closure over some of them. */
async function moduleOf(bindings) {
  const names = Array.from({ length: bindings }, (_, index) => `v${index}`);
  const file = path.join(folder, `bindings-${bindings}.mjs`);
  const source = [
    ...names.map((name, index) => `let ${name} = ${index};`),
    // V8 keeps a variable in the scope only where some function uses it
    `export const all = () => [${names.join(", ")}];`,
    "export const change = () => { v0++; };",
    "const list = [1, 2, 3];",
    "export const makeClosure = (n) => (x) => x + n + v0 + v1 + list.length;",
    "export const exported = (x) => x + v1;",
  ];
  writeFileSync(file, source.join("\n"));
  return import(pathToFileURL(file));
}

function timed(action) {
  const start = performance.now();
  for (let i = 0; i < perRound; i++) action(i);
  return ((performance.now() - start) * 1_000) / perRound;
}

const started = performance.now();
const small = await moduleOf(10);
const first = small.makeClosure(0);
const beforeFirst = performance.now();
captureFunction(first);
const firstCapture = performance.now() - beforeFirst;
const large = await moduleOf(1_000);
const reviver = new FunctionReviver();
const shipped = captureFunction(small.makeClosure(1));
reviver.addCodes(shipped.codes);

const cases = {
  "closure, module of 10 bindings": () => timed((i) => captureFunction(small.makeClosure(i))),
  "closure, module of 1,000 bindings": () => timed((i) => captureFunction(large.makeClosure(i))),
  "export, known": () => timed(() => captureFunction(small.exported)),
  "export, by value": () => timed(() => captureFunction(small.exported, { byReference: "never" })),
  "fresh closure without variables": () => timed(() => captureFunction((x) => x * 2)),
};
const samples = Object.fromEntries([...Object.keys(cases), "revive, compiled"].map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, measure] of Object.entries(cases)) samples[name].push(measure());
  const start = performance.now();
  for (let i = 0; i < perRound; i++) await reviver.revive(shipped.graph);
  samples["revive, compiled"].push(((performance.now() - start) * 1_000) / perRound);
}
rmSync(folder, { recursive: true, force: true });

const at = (sorted, share) => sorted[Math.floor((sorted.length - 1) * share)].toFixed(1).padStart(8);
console.log(`${os.cpus()[0].model}, ${os.availableParallelism()} cores, ${os.platform()} ${os.arch()}`);
console.log(`node ${process.version}, load ${os.loadavg()[0].toFixed(2)}, ${rounds} rounds of ${perRound}`);
console.log(
  `first capture in the process: ${firstCapture.toFixed(1)} ms; Debugger cycles: ${debuggerCycleCount()}`,
);
console.log(`${"µs each".padEnd(36)}${["p10", "median", "p90"].map((text) => text.padStart(8)).join("")}`);
for (const [name, values] of Object.entries(samples)) {
  const sorted = values.toSorted((one, other) => one - other);
  console.log(`${name.padEnd(36)}${at(sorted, 0.1)}${at(sorted, 0.5)}${at(sorted, 0.9)}`);
}
console.log(`took ${((performance.now() - started) / 1_000).toFixed(1)} s`);
