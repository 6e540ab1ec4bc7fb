// Tasks that compute: how near two workers come to half of the time that one thread needs.
import { peers } from "../contenders.mjs";
import { median } from "../runner/statistics.mjs";
import { compute } from "../tasks.mjs";
import { numbersFrom, runInWindows, timed } from "./support.mjs";

/** One repetition: the serial loop over one half of the tasks, the pool with all of them, the other half. */
async function ofIdealOnce(pool, iterations, workers) {
  const even = iterations.filter((_, index) => index % 2 === 0);
  const odd = iterations.filter((_, index) => index % 2 === 1);
  const before = await timed(() => even.forEach((each) => compute(each)));
  const all = { tasks: iterations.length, window: iterations.length };
  const wall = await timed(() => runInWindows(pool, all, "compute", (index) => iterations[index]));
  const after = await timed(() => odd.forEach((each) => compute(each)));
  return (wall * workers) / (before + after);
}

/**
 * Runs tasks of such lengths, in µs, `size.repetitions` times. The serial time is taken in the same process, one
 * half before and one after, so that both see the same machine.
 */
async function efficiency({ createPool, work, workers, size }, lengths) {
  const iterations = lengths.map(work);
  const pool = await createPool();
  const start = performance.now();
  while (performance.now() - start < 20) compute(work(100));
  await runInWindows(pool, { tasks: 40 * workers, window: 40 * workers }, "compute", () => work(500));

  const ratios = [];
  for (let i = 0; i < size.repetitions; i++) ratios.push(await ofIdealOnce(pool, iterations, workers));
  const ofIdeal = median(ratios);
  // the first one only where there are more: its code is not compiled yet
  const [first] = ratios;
  return {
    ofIdeal,
    used: 1 / ofIdeal,
    ...(ratios.length > 1 && { firstOfIdeal: first, firstUsed: 1 / first }),
  };
}

const metrics = {
  ofIdeal: { title: "wall time / ideal", better: "lower" },
  used: { title: "part of two cores used", better: "higher" },
};

const firstMetrics = {
  firstOfIdeal: { title: "first, wall time / ideal", better: "lower" },
  firstUsed: { title: "first, part of two cores used", better: "higher" },
};

/** The first metric is the one that peers are compared by. */
const usedFirst = {
  used: metrics.used,
  firstUsed: firstMetrics.firstUsed,
  ofIdeal: metrics.ofIdeal,
  firstOfIdeal: firstMetrics.firstOfIdeal,
};
const idealFirst = {
  ofIdeal: metrics.ofIdeal,
  firstOfIdeal: firstMetrics.firstOfIdeal,
  used: metrics.used,
  firstUsed: firstMetrics.firstUsed,
};

/** What takes fractions of a second is over before its code is compiled: repeated, it tells both. */
const often = { repetitions: 7 };
const once = { repetitions: 1 };

function row(name, title, sizes, lengthsOf, ordered = metrics) {
  const { repetitions } = sizes.full;
  return {
    name,
    title,
    warmUp:
      "every worker computes for about 20 ms, the main thread as well" +
      (repetitions > 1
        ? `. ${repetitions} repetitions in the process: their median, and the first by itself`
        : ""),
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
  row(
    "cpu-10ms",
    "64 tasks of 10 ms",
    { full: { tasks: 64, ...once }, quick: { tasks: 16, ...once } },
    ({ tasks }) => new Array(tasks).fill(10_000),
  ),
  row(
    "cpu-uneven",
    "64 tasks of 1 to 40 ms",
    { full: { tasks: 64, ...once }, quick: { tasks: 16, ...once } },
    unevenLengths,
  ),
  row(
    "cpu-mostly-tiny",
    "5,000 tasks of 5 µs, ten of 20 ms among them",
    {
      full: { tasks: 5_000, longOnes: 10, ...often },
      quick: { tasks: 3_000, longOnes: 6, ...often },
      threads: { tasks: 2_000, longOnes: 4, repetitions: 3 },
    },
    mostlyTiny,
    idealFirst,
  ),
  row(
    "cpu-20us",
    "5,000 tasks of 20 µs",
    {
      full: { tasks: 5_000, ...often },
      quick: { tasks: 3_000, ...often },
      threads: { tasks: 1_000, repetitions: 3 },
    },
    ({ tasks }) => new Array(tasks).fill(20),
    usedFirst,
  ),
  row(
    "cpu-100us",
    "1,500 tasks of 100 µs",
    {
      full: { tasks: 1_500, ...often },
      quick: { tasks: 800, ...often },
      threads: { tasks: 1_000, repetitions: 3 },
    },
    ({ tasks }) => new Array(tasks).fill(100),
    usedFirst,
  ),
];
