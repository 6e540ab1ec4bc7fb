import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { FunctionProfile, Plan, Trial } from "ungil/lab";
import type * as ExplainModule from "../../dist/lab/advise/explain.js";
import type * as KindModule from "../../dist/lab/advise/kind.js";
import type * as PlanModule from "../../dist/lab/advise/plan.js";
import type * as ScalingModule from "../../dist/lab/advise/scaling.js";
import type * as StandingsModule from "../../dist/lab/advise/standings.js";
import type * as StatisticsModule from "../../dist/lab/advise/statistics.js";
import type * as WorkloadModule from "../../dist/lab/advise/workload.js";

const root = path.resolve(import.meta.dirname, "../../..");
const internal = async <T>(name: string): Promise<T> =>
  (await import(path.join(root, "dist/lab/advise", `${name}.js`))) as T;

const { fitScaling, speedup } = await internal<typeof ScalingModule>("scaling");
const { spreadOf, median, variation } = await internal<typeof StatisticsModule>("statistics");
const { kindOf } = await internal<typeof KindModule>("kind");
const { inline, planOf, planName, bySimplicity, firstPlans, plansBeside } =
  await internal<typeof PlanModule>("plan");
const { Standings } = await internal<typeof StandingsModule>("standings");
const { limitOf, reasonsOf, verdictOf } = await internal<typeof ExplainModule>("explain");
const { Workload } = await internal<typeof WorkloadModule>("workload");

const near = (actual: number | undefined, expected: number, tolerance = 1e-6): void =>
  assert.ok(
    Math.abs(actual! - expected) <= tolerance * Math.max(1, expected),
    `${actual} is not ${expected}`,
  );

test("a fit of the USL recovers planted coefficients, and the peak that follows from them", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 0.6, noNaN: true }),
      fc.double({ min: 1e-4, max: 0.05, noNaN: true }),
      fc.double({ min: 0.001, max: 1e4, noNaN: true }),
      (contention, coherency, single) => {
        const points = [1, 2, 4, 8, 16].map((workers) => ({
          workers,
          throughput: single * speedup(contention, coherency, workers),
        }));
        const fit = fitScaling(points)!;
        assert.equal(fit.law, "USL");
        near(fit.contention, contention);
        near(fit.coherency, coherency);
        near(fit.single / single, 1);
        near(fit.peakWorkers, Math.max(1, Math.sqrt((1 - contention) / coherency)), 1e-4);
        near(fit.maxSpeedup, speedup(contention, coherency, fit.peakWorkers));
      },
    ),
  );
});

test("with two numbers of workers it is Amdahl's law, whose limit is one over the serial part", () => {
  const fit = fitScaling([
    { workers: 1, throughput: 2 },
    { workers: 4, throughput: 2 * speedup(0.25, 0, 4) },
  ])!;
  assert.equal(fit.law, "Amdahl");
  near(fit.contention, 0.25);
  assert.equal(fit.coherency, 0);
  near(fit.maxSpeedup, 4);
  assert.equal(fit.peakWorkers, Number.POSITIVE_INFINITY);
});

test("noise makes no coefficient negative, and one size tells nothing of scaling", () => {
  const fit = fitScaling([
    { workers: 1, throughput: 1 },
    { workers: 2, throughput: 2.3 },
  ])!;
  assert.equal(fit.contention, 0);
  assert.equal(fit.maxSpeedup, Number.POSITIVE_INFINITY);
  const curve = fitScaling([1, 2, 4, 8].map((workers) => ({ workers, throughput: workers ** 1.1 })))!;
  assert.deepEqual([curve.contention, curve.coherency], [0, 0]);
  assert.equal(fitScaling([{ workers: 2, throughput: 1 }]), undefined);
});

test("the interval of a median leaves out what 90 % of confidence can spare, and is wide after few rounds", () => {
  const ten = Array.from({ length: 10 }, (_, at) => at + 1);
  assert.deepEqual(spreadOf(ten), { median: 5.5, low: 2, high: 9 });
  assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, low: 1, high: 3 });
  assert.deepEqual(spreadOf([4]), { median: 4, low: 4 / 1.25, high: 5 });
  assert.deepEqual(spreadOf(Array.from({ length: 20 }, (_, at) => at + 1)), {
    median: 10.5,
    low: 6,
    high: 15,
  });
  assert.equal(median([9, 1, 2]), 2);
  assert.equal(variation([5, 5, 5]), 0);
  near(variation([0, 10]), 1);
});

test("the kind of a function follows from who had the CPU, and from who held the loop", () => {
  const idle = 1;
  assert.equal(kindOf({ loop: 1, cpu: 0.98, core: idle }), "computes");
  assert.equal(kindOf({ loop: 1, cpu: 0.02, core: idle }), "blocks");
  assert.equal(kindOf({ loop: 0.03, cpu: 0.02, core: idle }), "waits");
  assert.equal(kindOf({ loop: 0.5, cpu: 0.45, core: idle }), "mixed");
  assert.equal(kindOf({ loop: 0.02, cpu: 0.9, core: idle }), "parallel");
  // on a machine whose cores are wanted by ten others, a function that computes gets a tenth of one
  assert.equal(kindOf({ loop: 1, cpu: 0.09, core: 0.1 }), "computes");
});

/** Times of plans by round: a row for each plan. */
function standingsOf(rows: readonly (readonly [Plan, readonly number[]])[]): InstanceType<typeof Standings> {
  const standings = new Standings();
  for (const [plan, times] of rows)
    for (const [round, time] of times.entries()) standings.record(plan, round, time);
  return standings;
}

const threads = planOf("thread", 4);
const processes = planOf("process", 4);
const all = [processes, threads, inline];

test("a gain within noise is no gain: the plain loop is chosen", () => {
  const standings = standingsOf([
    [inline, [10, 10, 10, 10, 10, 10]],
    [threads, [7, 12, 8, 13, 7, 11]],
  ]);
  assert.equal(standings.choice(all), inline);
  assert.equal(standings.isOpen([inline, threads]), true);
});

test("a certain gain is chosen, one that is certain and below 5 % is not", () => {
  const loop = [10, 10.1, 9.9, 10, 10.2, 10];
  const faster = standingsOf([
    [inline, loop],
    [threads, loop.map((time) => time / 2)],
  ]);
  assert.equal(faster.choice(all), threads);
  assert.equal(faster.isOpen([inline, threads]), false);
  const slightly = standingsOf([
    [inline, loop],
    [threads, loop.map((time) => time / 1.04)],
  ]);
  assert.equal(slightly.choice(all), inline);
});

test("of plans that are alike the simpler one is chosen: async before threads before processes, fewer workers", () => {
  const loop = [10, 10, 10, 10];
  const fast = [2, 2.1, 2, 1.9];
  const standings = standingsOf([
    [inline, loop],
    [planOf("async", 16), fast],
    [planOf("async", 64), fast],
    [threads, fast.map((time) => time * 0.99)],
    [processes, fast.map((time) => time * 0.98)],
  ]);
  const plans = [processes, threads, planOf("async", 64), planOf("async", 16), inline];
  assert.equal(planName(standings.choice(plans)), "async × 16");
  const ranked = [processes, { ...threads, chunksize: 16 }, threads, planOf("thread", 2), inline];
  assert.deepEqual(ranked.toSorted(bySimplicity).map(planName), [
    "inline",
    "thread × 2",
    "thread × 4",
    "thread × 4, chunksize 16",
    "process × 4",
  ]);
});

test("a plan is not chosen for being near the leader, if its own gain is within noise", () => {
  const standings = standingsOf([
    [inline, [10, 10, 10, 10, 10, 10]],
    [planOf("thread", 1), [5, 12, 6, 13, 5, 11]],
    [threads, [6, 6.1, 6, 5.9, 6, 6]],
  ]);
  assert.equal(standings.choice([planOf("thread", 1), threads, inline]), threads);
});

test("only times of the same round are compared, so that a load which comes and goes changes nothing", () => {
  const load = [1, 1, 8, 8, 1, 3];
  const standings = standingsOf([
    [inline, load.map((factor) => 10 * factor)],
    [threads, load.map((factor) => 6 * factor)],
  ]);
  near(standings.ratio(inline, threads)?.low, 10 / 6);
  assert.equal(standings.choice(all), threads);
});

test("a plan leaves when it is far behind, not for one bad round, and the plain loop never does", () => {
  const standings = standingsOf([
    [inline, [10, 10, 10]],
    [threads, [2, 2, 2]],
    [processes, [60, 2.5, 2.2]],
  ]);
  assert.equal(standings.isHopeless(processes, all), false);
  assert.equal(standings.isHopeless(inline, all), false);
  standings.record(planOf("thread", 1), 0, 9);
  assert.equal(standings.isHopeless(planOf("thread", 1), [...all, planOf("thread", 1)]), false);
  standings.record(planOf("thread", 1), 1, 9);
  assert.equal(standings.isHopeless(planOf("thread", 1), [...all, planOf("thread", 1)]), true);
});

test("an estimate from the start counts until a round has been measured", () => {
  const standings = new Standings();
  standings.estimate(inline, 10);
  standings.estimate(threads, 50);
  near(standings.ratio(threads, inline)?.median, 5);
  assert.equal(standings.rounds(threads), 0);
  standings.record(inline, 0, 10);
  standings.record(threads, 0, 4);
  near(standings.ratio(threads, inline)?.median, 0.4);
});

test("plans are those that can run the function: no overlap of synchronous calls, no workers where nothing can be sent", () => {
  const range = {
    maxWorkers: 4,
    maxInFlight: 64,
    asynchronous: false,
    executors: ["inline", "async", "thread"] as const,
  };
  assert.deepEqual(firstPlans(range).map(planName), ["inline", "thread × 4"]);
  assert.deepEqual(
    firstPlans({ ...range, asynchronous: true, maxInFlight: 16, executors: ["inline", "async"] }).map(
      planName,
    ),
    ["inline", "async × 4", "async × 16"],
  );
  assert.deepEqual(plansBeside(threads, 300).map(planName), [
    "thread × 4, chunksize 1",
    "thread × 4, chunksize 16",
    "thread × 1",
    "thread × 2",
  ]);
  assert.deepEqual(
    plansBeside(planOf("thread", 2), 100).map(planName),
    ["thread × 2, chunksize 1", "thread × 1"],
    "chunks that leave a worker without any are not tried",
  );
  assert.deepEqual(plansBeside(planOf("async", 64), 300), []);
});

test("a workload has the quick and the slow samples in proportion, and whole cycles of them", () => {
  const tried = Array.from({ length: 100 }, (_, index) => ({
    item: index,
    index,
    time: index < 90 ? 1 : 100,
  }));
  const workload = new Workload(tried, 10 * 10.9);
  assert.equal(workload.length, 10);
  assert.equal(workload.items(10).filter((item) => (item as number) >= 90).length, 1);
  assert.equal(workload.atLeast(11), 20);
  assert.deepEqual(workload.items(20).slice(10), workload.items(10));
});

const profile: FunctionProfile = {
  kind: "computes",
  asynchronous: false,
  time: 5,
  variation: 0,
  loopShare: 1,
  cpuShare: 1,
  coreShare: 1,
  longestBlock: 5,
  inputBytes: 8,
  outputBytes: 8,
  copyTime: 0,
  allocated: 0,
};

const one = { median: 1, low: 1, high: 1 };

/** Findings of a plan and a function, with nothing else to tell. */
function findings(plan: Plan, changes: Partial<FunctionProfile> = {}, trial: Partial<Trial> = {}) {
  const chosen: Trial = {
    plan,
    name: planName(plan),
    outcome: "chosen",
    reason: undefined,
    perItem: one,
    gain: one,
    rounds: 5,
    startUp: 0,
    loopShare: 0.1,
    ...trial,
  };
  return {
    plan,
    gain: { median: 3.4, low: 3.1, high: 3.6 },
    profile: { ...profile, ...changes },
    trials: [chosen],
    scaling: undefined,
    breakEven: undefined,
    machine: { cores: 4, load: 0.5, node: "v20" },
    refusal: undefined,
    maxInFlight: 64,
  };
}

test("the verdict says why parallelism does not pay", () => {
  const say = (changes: Partial<FunctionProfile>): string => verdictOf(findings(inline, changes));
  assert.match(say({ time: 0.0003 }), /does not pay.*takes 300 ns, which is less than it costs to hand it/);
  assert.match(say({ time: 1, copyTime: 4, inputBytes: 2e6 }), /does not pay.*copying .*\(2 MB\).* 4 ms/);
  assert.match(
    say({ kind: "parallel" }),
    /does not pay.*Other threads of the process compute for it already/,
  );
  assert.match(say({}), /does not pay.*No other way was faster by more than chance/);
  assert.match(
    verdictOf({ ...findings(inline), refusal: "it holds a socket." }),
    /Workers can't run it: it holds a socket\./,
  );
  const unsure = findings(inline);
  const other = {
    ...unsure.trials[0]!,
    plan: threads,
    outcome: "compared" as const,
    gain: { median: 1.4, low: 0.8, high: 2 },
  };
  assert.match(
    verdictOf({ ...unsure, trials: [...unsure.trials, other] }),
    /thread × 4 measured 1\.4 times .*told from chance/,
  );
  assert.equal(
    verdictOf(findings(threads)),
    "Use 4 threads: 3.4 times (3.1 to 3.6) as fast as a plain loop.",
  );
});

test("what limits a plan is named: the loop, calls in flight, other threads, this thread, contention, cores", () => {
  const async64 = planOf("async", 64);
  const waits = { kind: "waits", asynchronous: true } as const;
  assert.equal(limitOf(findings(inline)).by, "function");
  assert.equal(limitOf(findings(async64, waits)).by, "in-flight");
  assert.equal(limitOf(findings(async64, waits, { loopShare: 0.9 })).by, "event-loop");
  assert.equal(limitOf(findings(async64, { kind: "parallel" })).by, "other-threads");
  assert.equal(limitOf(findings(threads, {}, { loopShare: 0.9 })).by, "main-thread");
  const points = (contention: number) =>
    [1, 2, 4].map((workers) => ({ workers, throughput: speedup(contention, 0, workers) }));
  const limit = limitOf({ ...findings(threads), scaling: fitScaling(points(0.2)) });
  assert.equal(limit.by, "contention");
  assert.match(limit.sentence, /about 20 % of the work \(Amdahl\).* at most 5 times as fast as with one/);
  assert.equal(limitOf({ ...findings(threads), scaling: fitScaling(points(0.01)) }).by, "cores");
});

test("reasons tell of a busy machine, of a held event loop, of uneven calls, and of large items", () => {
  const calm = reasonsOf(findings(threads)).join("\n");
  assert.doesNotMatch(calm, /busy|differ|copied|holds the event loop/);
  const changes = { variation: 2, copyTime: 3, inputBytes: 1e6, longestBlock: 200 };
  const told = reasonsOf({ ...findings(inline, changes), machine: { cores: 2, load: 9, node: "v20" } }).join(
    "\n",
  );
  assert.match(told, /busy \(load 9 on 2 cores\)/);
  assert.match(told, /holds the event loop for up to 200 ms/);
  assert.match(told, /Calls differ much/);
  assert.match(told, /1 MB and 8 bytes; copying them takes 3 ms/);
});
