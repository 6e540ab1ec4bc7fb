import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { transform } from "esbuild";
import { CancelledError, InvalidArgumentError, TimeoutError } from "ungil";
import { advise } from "ungil/lab";
import type * as CodeModule from "../../dist/lab/advise/code.js";
import type * as PlanModule from "../../dist/lab/advise/plan.js";

const root = path.resolve(import.meta.dirname, "../../..");
const limit = { timeout: 120_000 };
const short = { budget: 600, maxWorkers: 2 };

const double = (x: number): number => x * 2;

test("bad input is refused before anything runs, naming argument and remedy", async () => {
  const refused = (call: () => Promise<unknown>, argument: string, message: RegExp): Promise<void> =>
    assert.rejects(call, (error: Error) => {
      assert.ok(error instanceof InvalidArgumentError);
      assert.equal(error.argument, argument);
      assert.match(error.message, message);
      return true;
    });
  let calls = 0;
  const counted = (): number => calls++;
  await refused(() => advise(3 as never, [1, 2]), "fn", /a function/);
  await refused(() => advise(counted, "ab" as never), "samples", /an array of items/);
  await refused(() => advise(counted, []), "samples", /at least 2 items/);
  await refused(() => advise(counted, [1]), "samples", /at least 2 items.*give it twice/);
  await refused(() => advise(counted, [1, 2], { budget: 0 }), "budget", /above 0/);
  await refused(
    () => advise(counted, [1, 2], { timeout: Number.POSITIVE_INFINITY }),
    "timeout",
    /not Infinity/,
  );
  await refused(() => advise(counted, [1, 2], { maxWorkers: 0 }), "maxWorkers", /at least 1/);
  await refused(() => advise(counted, [1, 2], { maxInFlight: 1.5 }), "maxInFlight", /whole number/);
  await refused(() => advise(counted, [1, 2], { budgte: 5 } as object), "budgte", /did you mean budget/);
  assert.equal(calls, 0);
});

test(
  "a function that throws on a sample is told with the sample, and its own error as the cause",
  limit,
  async () => {
    const fn = (x: number): number => {
      if (x === 7) throw new RangeError("no sevens");
      return x;
    };
    await assert.rejects(advise(fn, [1, 7, 2], short), (error: InvalidArgumentError) => {
      assert.ok(error instanceof InvalidArgumentError);
      assert.equal(error.argument, "samples[1]");
      assert.match(error.message, /it threw RangeError: no sevens/);
      assert.ok(error.cause instanceof RangeError);
      return true;
    });
  },
);

test("a function that never ends is ended, whether it computes or waits", limit, async () => {
  const computes = (x: number): number => {
    for (;;) if (x < 0) break;
    return x;
  };
  const waits = (): Promise<void> => new Promise(() => {});
  const held = new WeakMap();
  const notSent = (): Promise<void> => (held.has({}) ? Promise.resolve() : new Promise(() => {}));
  for (const fn of [computes, waits, notSent]) {
    await assert.rejects(advise(fn, [1, 1], { ...short, timeout: 300 }), (error: Error) => {
      assert.ok(error instanceof TimeoutError);
      assert.match(error.message, /did not end within 300 ms on samples\[\d\]/);
      return true;
    });
  }
});

test("a function that takes its worker down never runs on this thread", limit, async () => {
  const fn = (): never => process.exit(3);
  await assert.rejects(advise(fn, [1, 2], short), { argument: /^samples\[\d\]$/ });
});

test("a signal ends it, before and while it measures", limit, async () => {
  await assert.rejects(advise(double, [1, 2], { signal: AbortSignal.abort() }), CancelledError);
  const controller = new AbortController();
  const reason = new Error("enough");
  const onProgress = ({ phase }: { phase: string }): void => {
    if (phase === "start") controller.abort(reason);
  };
  const waiting = advise(double, [1, 2], { ...short, budget: 60_000, signal: controller.signal, onProgress });
  await assert.rejects(
    waiting,
    (error: CancelledError) => error instanceof CancelledError && error.cause === reason,
  );
});

test("a function that waits is to run on the event loop", limit, async () => {
  const wait = (ms: number): Promise<number> => new Promise((resolve) => setTimeout(() => resolve(ms), ms));
  const advice = await advise(wait, [20, 21, 22], { budget: 2_500, maxWorkers: 2 });
  assert.equal(advice.plan.executor, "async", advice.verdict);
  assert.ok(advice.gain.low > 1.5, advice.verdict);
  assert.match(advice.code, /new AsyncExecutor\(\{ maxWorkers: \d+ \}\)[^]*executor\.map\(wait, items\)/);
  assert.equal(advice.breakEven, undefined);
  assert.equal(advice.trials.filter(({ outcome }) => outcome === "chosen").length, 1);
});

test(
  "a function whose payload takes longer than itself stays where it is, and the reason is told",
  limit,
  async () => {
    const rows = (): object[] =>
      Array.from({ length: 1_500 }, (_, id) => ({ id, name: `row ${id}`, tags: ["a", "b"] }));
    const advice = await advise((table: object[]) => table.length, [rows(), rows()], {
      budget: 1_500,
      maxWorkers: 2,
    });
    assert.equal(advice.plan.executor, "inline", advice.verdict);
    assert.match(advice.verdict, /Parallelism does not pay/);
    assert.ok(advice.profile.inputBytes > 30_000);
    assert.ok(advice.profile.copyTime > advice.profile.time);
    assert.match(advice.reasons.join("\n"), /copying them takes/);
    assert.deepEqual([advice.gain, advice.scaling], [{ median: 1, low: 1, high: 1 }, undefined]);
  },
);

test("what can't be sent to workers is not tried there, and the reason is told", limit, async () => {
  const seen = new WeakMap<object, number>();
  const advice = await advise((key: object) => seen.get(key), [{}, {}], short);
  assert.deepEqual(
    advice.trials.map(({ name }) => name),
    ["inline"],
  );
  assert.match(advice.verdict, /Workers can't run it: .*seen/);
});

test("what fails in threads only is tried elsewhere", limit, async () => {
  // threads may not change the directory of their process
  const advice = await advise(() => process.chdir("."), [1, 2], { ...short, maxWorkers: 1 });
  assert.ok(!advice.trials.some(({ plan }) => plan.executor === "thread"));
  assert.ok(advice.trials.some(({ plan }) => plan.executor === "process"));
  assert.match([advice.verdict, ...advice.reasons].join("\n"), /it throws in a thread: TypeError/);
});

test("a function that changes its items gets new ones each time", limit, async () => {
  const mark = (list: number[]): number => {
    if (list.includes(9)) throw new Error("changed before");
    return list.push(9);
  };
  const samples = [
    [1, 2, 3],
    [1, 5],
  ];
  await advise(mark, samples, { ...short, maxWorkers: 1 });
  assert.deepEqual(samples, [
    [1, 2, 3],
    [1, 5],
  ]);
});

test("the code to paste runs, for every plan", limit, async (context) => {
  const load = async <T>(name: string): Promise<T> =>
    (await import(path.join(root, "dist/lab/advise", `${name}.js`))) as T;
  const { codeFor } = await load<typeof CodeModule>("code");
  const { inline, planOf } = await load<typeof PlanModule>("plan");
  // within the project, where its own name is known
  await mkdir(path.join(root, "build"), { recursive: true });
  const folder = await mkdtemp(path.join(root, "build/advise-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const task = "export const items = [1, 2, 3];\nexport const add = (item, index) => item + index;\n";
  await writeFile(path.join(folder, "task.mjs"), task);
  const plans = [
    inline,
    planOf("async", 2),
    planOf("thread", 2, { chunksize: 2, tasksPerWorker: 2 }),
    planOf("process", 1),
  ];
  const runs = plans.flatMap((plan) => [true, false].map((asynchronous) => ({ plan, asynchronous })));
  await Promise.all(
    runs.map(async ({ plan, asynchronous }, at) => {
      const lead = 'import { add, items } from "./task.mjs";';
      const text = codeFor(plan, { fn: "add", lead, index: true, asynchronous, cores: 2 });
      const { code } = await transform(`${text}console.log(JSON.stringify(results));`, {
        loader: "ts",
        format: "esm",
        target: "node20",
      });
      const file = path.join(folder, `${at}.mjs`);
      await writeFile(file, code);
      assert.equal(await output(file), "[1,3,5]\n", text);
    }),
  );
});

function output(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    child.on("error", reject);
    child.on("close", () => resolve(text));
  });
}
