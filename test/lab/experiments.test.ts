import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { CancelledError, InvalidArgumentError } from "ungil";
import * as lab from "ungil/lab";
import { getNumThreads } from "ungil/numeric";
import type * as ContextSwitchesModule from "../../dist/lab/experiments/context-switches.js";
import type { DefinedExperiment } from "../../dist/lab/experiments/experiment.js";
import type * as SpansModule from "../../dist/lab/experiments/spans.js";

const limit = { timeout: 120_000 };

const internal = async <T>(name: string): Promise<T> =>
  (await import(path.resolve(import.meta.dirname, "../../../dist/lab/experiments", `${name}.js`))) as T;

const { spansOf } = await internal<typeof SpansModule>("spans");
const { contextSwitches, countsIn } = await internal<typeof ContextSwitchesModule>("context-switches");

/** What an experiment says of a result, checked for what all of them have to say. */
async function explain<R extends object>(module: string, name: string, result: R): Promise<lab.Findings> {
  const { definition } = (
    await internal<Record<string, DefinedExperiment<lab.ExperimentOptions, R>>>(module)
  )[name]!;
  const findings = definition.explain(result);
  for (const sentence of [findings.sees, findings.advice])
    assert.match(sentence, /^[A-Z0-9].*\.$|\) does\.$/s);
  assert.doesNotMatch(findings.sees, /undefined|NaN|–/);
  for (const figure of findings.figures) {
    const { columns, rows } = lab.tableOf(figure);
    assert.ok(rows.length > 0, `${figure.title} is empty`);
    for (const row of rows) assert.equal(row.length, columns.length);
  }
  return findings;
}

const isSummary = ({ samples, least, low, median, high, most }: lab.Summary, rounds: number): void => {
  assert.equal(samples, rounds);
  assert.ok(least > 0 && least <= low && low <= median && median <= high && high <= most);
};

test(
  "one at a time: each number of threads is measured under the Gil and free, and compared with one thread",
  limit,
  async () => {
    const result = await lab.oneAtATime({ rounds: 2, threads: [2, 3], work: 5 });
    for (const kind of [result.free, result.gil]) {
      assert.deepEqual(
        kind.map(({ threads }) => threads),
        [1, 2, 3],
      );
      for (const { time, speedUp } of kind) {
        isSummary(time, 2);
        isSummary(speedUp, 2);
      }
      assert.equal(kind[0]!.speedUp.most, 1);
    }
    const runs = result.timeline
      .filter(({ kind }) => kind === "runs")
      .toSorted((one, other) => one.from - other.from);
    assert.ok(runs.length > 0);
    for (const [at, run] of runs.entries())
      assert.ok(at === 0 || run.from >= runs[at - 1]!.to, "two ran at once");
    await explain("one-at-a-time", "oneAtATimeExperiment", result);
  },
);

test(
  "native arrays: a loop, kernels on one core and on all, with the number of threads as it was",
  limit,
  async () => {
    const before = getNumThreads();
    const result = await lab.nativeArrays({ rounds: 2, elements: 10_000 });
    assert.equal(getNumThreads(), before);
    assert.equal(result.elements, 10_000);
    assert.ok(result.threads >= 1);
    for (const each of [result.loop, result.oneThread, result.allThreads]) isSummary(each, 2);
    await explain("native-arrays", "nativeArraysExperiment", result);
  },
);

test("no gain: the same tasks without threads, under the Gil and free", limit, async () => {
  const result = await lab.noGain({ rounds: 2, tasks: 2, work: 3 });
  assert.equal(result.tasks, 2);
  for (const each of [result.sequential, result.gil, result.free, result.gilGain, result.freeGain])
    isSummary(each, 2);
  await explain("no-gain", "noGainExperiment", result);
});

test(
  "switching costs: each switch interval with each number of threads, and the convoy effect",
  limit,
  async () => {
    const result = await lab.switchingCosts({
      rounds: 2,
      threads: [1, 3],
      intervals: [2, 0.2],
      work: 10,
      waits: 2,
    });
    assert.deepEqual(
      result.switching.map(({ interval, threads }) => [interval, threads]),
      [
        [2, 1],
        [2, 3],
        [0.2, 1],
        [0.2, 3],
      ],
    );
    for (const { time, gilSwitches, contextSwitches: counted } of result.switching) {
      isSummary(time, 2);
      assert.ok(gilSwitches >= 0);
      assert.equal(counted !== undefined, process.platform === "linux");
    }
    for (const each of Object.values(result.convoy)) isSummary(each as lab.Summary, 2);
    await explain("switching-costs", "switchingCostsExperiment", result);
    const unknown = {
      ...result,
      switching: result.switching.map((each) => ({ ...each, contextSwitches: undefined })),
    };
    const findings = await explain("switching-costs", "switchingCostsExperiment", unknown);
    assert.match(findings.notes!.join(), /unavailable/);
  },
);

test("limited scaling: a throughput for each number of threads, and a law that fits", limit, async () => {
  const result = await lab.limitedScaling({
    rounds: 2,
    threads: [1, 2, 4],
    pieces: 3,
    apart: 1,
    together: 0.2,
  });
  assert.deepEqual(
    result.loads.map(({ threads }) => threads),
    [1, 2, 4],
  );
  for (const { throughput } of result.loads) isSummary(throughput, 2);
  const loads = result.loads.map(({ threads, throughput }) => ({
    workers: threads,
    throughput: throughput.median,
  }));
  assert.deepEqual(result.fit, lab.fitUsl(loads));
  await explain("limited-scaling", "limitedScalingExperiment", result);
});

test(
  "multiprocessing: processes beside threads, under the Gil and free, and how they start",
  limit,
  async () => {
    const result = await lab.multiprocessing({ rounds: 1, workers: [2], work: 3 });
    assert.deepEqual(
      result.workers.map(({ kind }) => kind),
      ["processes", "threads", "threads under a lock"],
    );
    for (const { speedUps, startUp } of result.workers) {
      assert.deepEqual(
        speedUps.map(({ workers }) => workers),
        [1, 2],
      );
      isSummary(startUp, 1);
    }
    await explain("multiprocessing", "multiprocessingExperiment", result);
  },
);

test(
  "asyncio: waits one after the other take their sum at least, and at once no less than one",
  limit,
  async () => {
    const result = await lab.asyncio({ rounds: 1, waits: 3, wait: 5 });
    // timers of Node may come a millisecond early
    assert.ok(result.sequential.median >= 3 * 4);
    assert.ok(result.together.median >= 4 && result.threads.median >= 4);
    await explain("asyncio", "asyncioExperiment", result);
  },
);

test("I/O: each number of waits on threads under the Gil and on the event loop", limit, async () => {
  const result = await lab.ioBound({ rounds: 1, waits: [2, 6], wait: 2, threads: 2 });
  assert.deepEqual(
    result.cases.map(({ waits }) => waits),
    [2, 6],
  );
  assert.ok(result.cases[0]!.sequential && !result.cases[1]!.sequential);
  for (const { gil, together } of result.cases) {
    isSummary(gil, 1);
    isSummary(together, 1);
  }
  await explain("io-bound", "ioBoundExperiment", result);
});

test("concurrent futures: every executor, with what it costs", limit, async () => {
  const result = await lab.concurrentFutures({ rounds: 1, workers: 1, work: 2, bytes: 1000 });
  assert.deepEqual(
    result.executors.map(({ executor }) => executor),
    ["inline", "async", "thread", "process"],
  );
  for (const { compute, wait, startUp, copy, memory } of result.executors) {
    for (const each of [compute, wait, startUp, copy]) isSummary(each, 1);
    assert.ok(memory >= 0);
  }
  assert.ok(result.executors[3]!.memory > 2 ** 20, "a process takes no memory");
  await explain("concurrent-futures", "concurrentFuturesExperiment", result);
});

test("Python: what is not found, or is no Python, is said with its reason", limit, async () => {
  const result = await lab.python({
    rounds: 1,
    commands: ["no-such-python", process.execPath],
    steps: 1,
    wait: 1,
  });
  assert.deepEqual(result.runs, []);
  assert.deepEqual(
    result.missing.map(({ command }) => command),
    ["no-such-python", process.execPath],
  );
  assert.equal(result.missing[0]!.reason, "not found");
  assert.notEqual(result.missing[1]!.reason, "not found");
  const findings = await explain("python", "pythonExperiment", result);
  assert.match(findings.sees, /^No Python was found/);
});

test(
  "Python: where there is one it is run once, labelled with its version and whether it has its lock",
  limit,
  async (t) => {
    const result = await lab.python({
      rounds: 1,
      commands: ["python3", "python3"],
      workers: 1,
      steps: 10,
      wait: 1,
    });
    if (result.missing.length === 2) return t.skip("there is no python3 here");
    assert.equal(result.runs.length, 1);
    const run = result.runs[0]!;
    assert.match(run.version, /^3\.\d+\.\d+$/);
    assert.ok(run.switchInterval > 0);
    for (const each of [run.computeSequential, run.computeProcesses, run.waitAsyncio, run.threadGain])
      isSummary(each, 1);
    const { sees } = await explain("python", "pythonExperiment", result);
    assert.ok(sees.includes(run.version));
    const free = { ...result, runs: [{ ...run, gil: false }] };
    assert.match((await explain("python", "pythonExperiment", free)).sees, /free-threaded/);
  },
);

test("a bad option is refused before anything is measured", async () => {
  const refused: Promise<unknown>[] = [
    lab.oneAtATime({ threads: [] }),
    lab.oneAtATime({ threads: [1.5] }),
    lab.oneAtATime({ work: 0 }),
    lab.noGain({ rounds: 0 }),
    lab.noGain({ tasks: -1 }),
    lab.switchingCosts({ intervals: [0] }),
    lab.switchingCosts({ waits: 0 }),
    lab.limitedScaling({ threads: [1, 2] }),
    lab.multiprocessing({ work: Number.NaN }),
    lab.asyncio({ wait: -1 }),
    lab.ioBound({ threads: 0 }),
    lab.concurrentFutures({ bytes: 0 }),
    lab.python({ commands: [""] }),
    // @ts-expect-error there is no such option
    lab.noGain({ round: 3 }),
    lab.experiments[0]!.run({ effort: "some" as "quick" }),
    lab.noGain({ signal: {} as AbortSignal }),
  ];
  for (const call of refused) await assert.rejects(call, InvalidArgumentError);
});

test("every experiment ends with its signal", async () => {
  const signal = AbortSignal.abort(new CancelledError("enough"));
  for (const experiment of lab.experiments) {
    await assert.rejects(experiment.run({ effort: "quick", signal }), CancelledError, experiment.name);
  }
});

test("experiments have names of their own, which a command line can have", () => {
  const names = lab.experiments.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z]+(-[a-z]+)*$/);
});

test("spans are what lies between the events of a Gil, from its first taking on", () => {
  const event = (kind: lab.GilEventKind, threadId: number, time: number): lab.GilEvent => ({
    kind,
    threadId,
    time,
  });
  const events = [
    event("wait", 7, 8),
    event("take", 7, 10),
    event("wait", 8, 11),
    event("request", 8, 16),
    event("drop", 7, 17),
    event("wait", 7, 17),
    event("take", 8, 17),
    event("drop", 8, 40),
    event("take", 7, 40),
    event("drop", 7, 90),
  ];
  assert.deepEqual(spansOf(events, 50), [
    { row: "thread 1", kind: "runs", from: 0, to: 7 },
    { row: "thread 2", kind: "waits", from: 1, to: 7 },
    { row: "thread 2", kind: "runs", from: 7, to: 30 },
    { row: "thread 1", kind: "waits", from: 7, to: 30 },
    { row: "thread 1", kind: "runs", from: 30, to: 50 },
  ]);
  assert.deepEqual(spansOf([event("wait", 1, 0)], 50), []);
});

test("context switches are read from the system's own figures, or said to be unknown", () => {
  assert.deepEqual(countsIn("Name:\tnode\nnonvoluntary_ctxt_switches:\t3\nvoluntary_ctxt_switches:\t12\n"), {
    voluntary: 12,
    involuntary: 3,
  });
  assert.equal(countsIn("Name:\tnode\n"), undefined);
  assert.equal(contextSwitches("/no/such/folder"), undefined);
});

test("a table has the numbers of its figure", () => {
  const lines = lab.tableOf({
    kind: "lines",
    title: "Growth",
    x: "threads",
    y: "ms",
    series: [
      {
        name: "a",
        points: [
          { x: 2, y: 1234.5 },
          { x: 1, y: 1, low: 0.5, high: 2 },
        ],
      },
      { name: "b", points: [{ x: 4, y: 3 }] },
    ],
  });
  assert.deepEqual(lines.columns, ["threads", "a", "b"]);
  assert.deepEqual(lines.rows, [
    [1, "1 (0.5 to 2)", undefined],
    [2, 1234.5, undefined],
    [4, undefined, 3],
  ]);
  const timeline = lab.tableOf({
    kind: "timeline",
    title: "Turns",
    spans: [
      { row: "thread 1", kind: "runs", from: 0, to: 5 },
      { row: "thread 1", kind: "runs", from: 9, to: 10 },
      { row: "thread 1", kind: "waits", from: 5, to: 9 },
    ],
  });
  assert.deepEqual(timeline.rows, [["thread 1", 2, 6, 5, 4]]);
  const cells = [1234.56, 0.012345, 12.345, 0, Infinity, undefined, "x", 0.00001].map(lab.formatCell);
  assert.deepEqual(cells, ["1,235", "0.0123", "12.3", "0", "∞", "–", "x", "1.0e-5"]);
});
