// Tasks that compute: how near two workers come to half of the time that one thread needs.
import { peers } from "../contenders.mjs";
import { compute } from "../tasks.mjs";
import { numbersFrom, runInWindows, timed } from "./support.mjs";

const warmUp = "every worker computes for about 20 ms, the main thread as well";

/**
 * Runs tasks of such lengths, in µs. The serial time is taken in the same process, one half before and one
 * after, so that both see the same machine.
 */
async function efficiency({ createPool, work, workers }, lengths) {
  const iterations = lengths.map(work);
  const pool = await createPool();
  const start = performance.now();
  while (performance.now() - start < 20) compute(work(100));
  await runInWindows(pool, { tasks: 40 * workers, window: 40 * workers }, "compute", () => work(500));

  const even = iterations.filter((_, index) => index % 2 === 0);
  const odd = iterations.filter((_, index) => index % 2 === 1);
  const before = await timed(() => even.forEach((each) => compute(each)));
  const all = { tasks: iterations.length, window: iterations.length };
  const wall = await timed(() => runInWindows(pool, all, "compute", (index) => iterations[index]));
  const after = await timed(() => odd.forEach((each) => compute(each)));
  const ideal = (before + after) / workers;
  return { ofIdeal: wall / ideal, used: ideal / wall };
}

const metrics = {
  ofIdeal: { title: "wall time / ideal", better: "lower" },
  used: { title: "part of two cores used", better: "higher" },
};

/** The first metric is the one that peers are compared by. */
const usedFirst = { used: metrics.used, ofIdeal: metrics.ofIdeal };

function row(name, title, sizes, lengthsOf, ordered = metrics) {
  return {
    name,
    title,
    warmUp,
    metrics: ordered,
    contenders: ["ungil", ...peers],
    sizes,
    measure: (context) => efficiency(context, lengthsOf(context.size)),
  };
}

/** 1 to 40 ms, mixed, the same in each process. */
function unevenLengths({ tasks }) {
  const random = numbersFrom(1);
  return Array.from({ length: tasks }, () => 1_000 + Math.floor(random() * 39_000));
}

/** Tiny tasks with a few long ones among them. */
function mostlyTiny({ tasks, longOnes }) {
  const every = tasks / longOnes;
  return Array.from({ length: tasks }, (_, index) => (index % every === Math.floor(every / 2) ? 20_000 : 5));
}

export const rows = [
  row("cpu-10ms", "64 tasks of 10 ms", { full: { tasks: 64 }, quick: { tasks: 16 } }, ({ tasks }) =>
    new Array(tasks).fill(10_000),
  ),
  row("cpu-uneven", "64 tasks of 1 to 40 ms", { full: { tasks: 64 }, quick: { tasks: 16 } }, unevenLengths),
  row(
    "cpu-mostly-tiny",
    "5,000 tasks of 5 µs, ten of 20 ms among them",
    {
      full: { tasks: 5_000, longOnes: 10 },
      quick: { tasks: 3_000, longOnes: 6 },
      threads: { tasks: 2_000, longOnes: 4 },
    },
    mostlyTiny,
  ),
  row(
    "cpu-20us",
    "10,000 tasks of 20 µs",
    { full: { tasks: 10_000 }, quick: { tasks: 3_000 }, threads: { tasks: 1_000 } },
    ({ tasks }) => new Array(tasks).fill(20),
    usedFirst,
  ),
  row(
    "cpu-100us",
    "3,000 tasks of 100 µs",
    { full: { tasks: 3_000 }, quick: { tasks: 800 }, threads: { tasks: 1_000 } },
    ({ tasks }) => new Array(tasks).fill(100),
    usedFirst,
  ),
];
