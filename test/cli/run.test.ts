import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { CancelledError, Future, type FutureResolvers } from "ungil";
import { manualClock } from "ungil/testing";
import type * as RunModule from "../../dist/cli/run.js";
import { internal } from "./support.js";

type Run = typeof RunModule;
const { MapRun } = await internal<Run>("run");
type RunOptions = ConstructorParameters<Run["MapRun"]>[0];

/** A run over endless records whose tasks and deliveries the test settles. */
class Bench {
  readonly tasks: FutureResolvers<unknown>[] = [];
  readonly delivered: string[] = [];
  readonly stops: string[] = [];
  read = 0;
  closed = false;
  terminated = 0;
  release: (() => void) | undefined;
  readonly clock = manualClock();
  readonly run: InstanceType<Run["MapRun"]>;
  readonly ended: Promise<unknown>;

  constructor(options: Partial<RunOptions> = {}, records = Number.POSITIVE_INFINITY) {
    this.run = new MapRun({
      source: { [Symbol.asyncIterator]: () => this.#records(records), close: () => (this.closed = true) },
      submit: () => {
        const task = Future.withResolvers<unknown>();
        this.tasks.push(task);
        return { future: task.future, times: () => ({ startTime: 0, runTime: 1, attempts: 1 }) };
      },
      terminate: async () => {
        this.terminated++;
        for (const task of this.tasks) {
          if (!task.future.done()) task.cancelRunning(new CancelledError());
        }
      },
      format: (_record, result) => String(result),
      deliver: (outcome) => {
        this.delivered.push(`${outcome.record.text} ${outcome.status}`);
        return undefined;
      },
      skip: () => false,
      onChange: () => {},
      onStop: (mode, cause) => this.stops.push(`${mode} ${cause.kind}`),
      window: 4,
      jobs: 2,
      ordered: false,
      halt: undefined,
      total: undefined,
      deadline: undefined,
      clock: this.clock,
      ...options,
    });
    this.ended = this.run.run();
  }

  async *#records(most: number): AsyncGenerator<{ index: number; text: string; value: unknown }> {
    while (this.read < most && !this.closed) {
      const index = this.read++;
      yield { index, text: `r${index}`, value: index };
    }
  }

  /** Starts the task and lets it end. */
  async settle(index: number, value: unknown = index): Promise<void> {
    this.tasks[index]!.start();
    this.tasks[index]!.resolve(value);
    await turn();
  }
}

test("no more records are read than the window has places, and one more waits for a place", async () => {
  const bench = new Bench();
  await turn();
  assert.deepEqual([bench.tasks.length, bench.read], [4, 5]);
  await bench.settle(2);
  assert.deepEqual([bench.tasks.length, bench.read], [5, 6]);
  bench.run.stop("now", { kind: "output-closed" });
  await bench.ended;
});

test("with order, one slow record holds the input back, and the results come in order", async () => {
  const bench = new Bench({ ordered: true });
  await turn();
  for (const index of [3, 1, 2]) await bench.settle(index);
  assert.deepEqual([bench.tasks.length, bench.delivered], [4, []]);
  await bench.settle(0);
  assert.deepEqual(bench.delivered, ["r0 ok", "r1 ok", "r2 ok", "r3 ok"]);
  assert.equal(bench.tasks.length, 8);
  bench.run.stop("now", { kind: "output-closed" });
  await bench.ended;
});

test("a reader of the results that is behind holds the input back", async () => {
  let accept!: () => void;
  const bench: Bench = new Bench({
    deliver: (outcome) => {
      bench.delivered.push(outcome.record.text);
      return new Promise((resolve) => {
        accept = resolve;
      });
    },
  });
  await turn();
  for (const index of [0, 1, 2, 3]) await bench.settle(index);
  assert.deepEqual([bench.delivered, bench.tasks.length, bench.read], [["r0"], 4, 5]);
  accept();
  await turn();
  assert.deepEqual([bench.delivered, bench.tasks.length, bench.read], [["r0", "r1"], 5, 6]);
  bench.run.stop("now", { kind: "output-closed" });
  for (let rest = 0; rest < 4; rest++) {
    accept();
    await turn();
  }
  await bench.ended;
});

test("long records fill the window by their length, but each task at once may have one", async () => {
  const text = "x".repeat(20 * 1024 * 1024);
  async function* source(): AsyncGenerator<{ index: number; text: string; value: unknown }> {
    for (let index = 0; index < 4; index++) yield { index, text, value: index };
  }
  const bench = new Bench({ source: { [Symbol.asyncIterator]: source, close: () => {} } });
  await turn();
  assert.equal(bench.tasks.length, 2);
  for (let index = 0; index < 4; index++) await bench.settle(index);
  assert.equal(await bench.ended, undefined);
  assert.equal(bench.delivered.length, 4);
});

test("stopping soon takes queued records back, lets running ones finish, and closes the input", async () => {
  const bench = new Bench();
  await turn();
  bench.tasks[0]!.start();
  bench.run.stop("soon", { kind: "signal", signal: "SIGINT" });
  assert.equal(bench.closed, true);
  await turn();
  assert.deepEqual(bench.delivered, ["r1 cancelled", "r2 cancelled", "r3 cancelled"]);
  bench.tasks[0]!.resolve(1);
  assert.deepEqual(await bench.ended, { kind: "signal", signal: "SIGINT" });
  assert.equal(bench.delivered.at(-1), "r0 ok");
  assert.equal(bench.terminated, 0);
  assert.deepEqual({ ...bench.run.counts }, { ok: 1, failed: 0, cancelled: 3, skipped: 0, retried: 0 });
});

test("soon can become now, but the run stops only once for each", async () => {
  const bench = new Bench();
  await turn();
  for (const task of bench.tasks) task.start();
  for (const mode of ["soon", "soon", "now", "now", "soon"] as const) {
    bench.run.stop(mode, { kind: "signal", signal: "SIGTERM" });
  }
  await bench.ended;
  assert.deepEqual(bench.stops, ["soon signal", "now signal"]);
  assert.deepEqual([bench.terminated, bench.run.counts.cancelled], [1, 4]);
});

test("a deadline ends what runs and is what the run tells of, also after a signal", async () => {
  const bench = new Bench({ deadline: 500 });
  await turn();
  for (const task of bench.tasks) task.start();
  bench.run.stop("soon", { kind: "signal", signal: "SIGINT" });
  await bench.clock.advance(500);
  assert.deepEqual(await bench.ended, { kind: "deadline" });
  assert.equal(bench.terminated, 1);
});

test("a submission that the executor refuses ends the run with its error", async () => {
  const refusal = new Error("no more workers");
  const bench = new Bench({
    submit: () => {
      throw refusal;
    },
  });
  assert.deepEqual(await bench.ended, { kind: "broken", error: refusal });
  assert.equal(bench.read, 1);
});

test("a source that fails ends the run, and what was read before still finishes", async () => {
  const failure = new Error("disk gone");
  let fail!: () => void;
  const failed = new Promise<void>((resolve) => {
    fail = resolve;
  });
  async function* source(): AsyncGenerator<{ index: number; text: string; value: unknown }> {
    yield { index: 0, text: "r0", value: 0 };
    await failed;
    throw failure;
  }
  const bench = new Bench({ source: { [Symbol.asyncIterator]: source, close: () => {} } });
  await turn();
  bench.tasks[0]!.start();
  fail();
  await turn();
  bench.tasks[0]!.resolve(1);
  assert.deepEqual(await bench.ended, { kind: "broken", error: failure });
  assert.deepEqual(bench.delivered, ["r0 ok"]);
});

test("an outcome that can't be delivered ends the run", async () => {
  const full = new Error("no space left");
  const bench = new Bench({
    deliver: () => {
      throw full;
    },
  });
  await turn();
  await bench.settle(0);
  assert.deepEqual(await bench.ended, { kind: "broken", error: full });
});

test("skipped records take no place and no task", async () => {
  const bench = new Bench({ skip: (record) => record.index % 2 === 0 }, 6);
  await turn();
  for (let index = 0; index < 3; index++) await bench.settle(index);
  await bench.ended;
  assert.deepEqual(bench.delivered, ["r1 ok", "r3 ok", "r5 ok"]);
  assert.equal(bench.run.counts.skipped, 3);
});
