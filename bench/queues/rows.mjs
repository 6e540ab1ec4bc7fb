// Queues between threads, beside multithreading's channel and Python's queue.Queue. Each round measures every case
// once, in turn, in a process of its own, so that a change of the machine's load meets all cases alike.
import { spawnSync } from "node:child_process";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { median, ratiosByRound, spreadOf } from "../runner/statistics.mjs";

const fileOf = (name) => fileURLToPath(new URL(name, import.meta.url));
const node20 = new URL("../pools/multithreading-on-node-20.mjs", import.meta.url).href;

/** What a program prints as JSON; undefined where it can't run, or does not end: multithreading's channel may get stuck. */
function answerOf(program, args) {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", timeout: 30_000 });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

const ungil = (form, kind, pairs, items) =>
  answerOf(process.execPath, [fileOf("ungil.mjs"), form, kind, pairs, items]);
const multithreading = (form, kind, pairs, items) =>
  answerOf(process.execPath, ["--import", node20, fileOf("multithreading.mjs"), form, kind, pairs, items]);
const python = (kind, pairs, items) =>
  answerOf("python3", [fileOf("../python/queues.py"), kind, pairs, items]);

/** As many items as take a good part of a second on two cores. */
const contenders = {
  "ungil, blocking": (kind, pairs) => ungil("sync", kind, pairs, 400_000),
  "ungil, awaited": (kind, pairs) => ungil("async", kind, pairs, 200_000),
  "multithreading, blocking": (kind, pairs) => multithreading("sync", kind, pairs, 10_000),
  "multithreading, awaited": (kind, pairs) => multithreading("async", kind, pairs, 10_000),
  "Python's queue.Queue": (kind, pairs) => python(kind, pairs, 100_000),
};

const ours = "ungil, blocking";
const show = (value) => value.toLocaleString("en", { maximumSignificantDigits: 3 });

/** Prints the table. */
export function measureQueues(rounds) {
  console.log(
    `\nitems a second, maxsize 1,024; median of ${rounds} rounds (least, most); load ${os.loadavg()[0].toFixed(1)}`,
  );
  for (const kind of ["numbers", "objects", "texts"])
    for (const pairs of [1, 2]) {
      const figures = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
      for (let round = 0; round < rounds; round++)
        for (const [name, measure] of Object.entries(contenders)) figures[name].push(measure(kind, pairs));
      console.log(`${kind}, ${pairs} who put, ${pairs} who take`);
      for (const [name, values] of Object.entries(figures)) {
        const spread = spreadOf(values.filter((value) => value !== undefined));
        if (!spread) {
          console.log(`  ${name.padEnd(26)} did not answer`);
          continue;
        }
        const ratios = ratiosByRound(figures[ours], values, "higher");
        const ratio = name === ours ? "" : `  ungil's is ${median(ratios).toFixed(1)} times as much`;
        console.log(
          `  ${name.padEnd(26)} ${show(spread.median).padStart(11)} (${show(spread.lowest)}, ${show(spread.highest)})${ratio}`,
        );
      }
    }
  measureRingBuffer(rounds);
}

function measureRingBuffer(rounds) {
  const rates = Array.from({ length: rounds }, () => answerOf(process.execPath, [fileOf("ring-buffer.mjs")]));
  const [ring, floor] = [0, 1].map((i) => rates.map((rate) => rate[i]));
  console.log("bytes a second, in pieces of 64 KiB");
  console.log(`  RingBuffer, thread to thread         ${show(median(ring))}`);
  console.log(`  copied in and out on one thread      ${show(median(floor))}`);
  console.log(
    `  RingBuffer / copies                  ${median(ratiosByRound(ring, floor, "higher")).toFixed(2)}`,
  );
}

/** What a free Mutex of multithreading costs, blocking and awaited, in ns; undefined where it is not there. */
export const mutexOfMultithreading = () =>
  answerOf(process.execPath, ["--import", node20, fileOf("multithreading-mutex.mjs")]);
