// What the property test of the scheduler has found, each as an example.

import assert from "node:assert/strict";
import { channel } from "node:diagnostics_channel";
import { test } from "node:test";
import { ShutdownError } from "ungil";
import type { Limits } from "./support/model-parts.js";
import type { Step, TaskSpec } from "./support/scheduler-program.js";
import { Trial } from "./support/scheduler-trial.js";

const limits: Limits = {
  maxWorkers: 1,
  minWorkers: 0,
  tasksPerWorker: 1,
  maxTasksPerWorker: Number.POSITIVE_INFINITY,
  maxQueue: Number.POSITIVE_INFINITY,
  grace: 5,
  idleTimeout: 1_000,
  onWorkerCrash: "fail-task",
  maxCrashesPerTask: 1,
  prefetches: false,
};

const plain: TaskSpec = {
  fn: "quick",
  priority: 0,
  timeout: undefined,
  deadline: undefined,
  retries: undefined,
  signal: undefined,
  sendable: true,
  whenDone: "nothing",
};

const submit = (task: Partial<TaskSpec> = {}): Step => ({
  do: "submit",
  task: { ...plain, ...task },
  count: 1,
});
const goOn = (worker = 0): Step => ({
  do: "goOn",
  worker,
  which: 0,
  ends: { ok: true, ran: 1, waited: false },
});
/** The first task runs. */
const running: Step[] = [submit(), goOn(), goOn()];

async function perform(trial: Trial, steps: readonly Step[]): Promise<void> {
  for (const step of steps) await trial.perform([step]);
}

test("while a worker that was ended has not gone yet, another takes its place", async () => {
  const trial = new Trial(limits);
  await perform(trial, [...running, submit(), { do: "abort", which: 0 }, { do: "advance", ms: 5 }]);
  const [ended, other] = trial.host.workers;
  assert.equal(ended!.ended, true);
  assert.equal(ended!.gone, false);
  await perform(trial, [goOn(1), goOn(1)]);
  assert.equal(other!.running.length, 1);
  await trial.finish();
});

test("minWorkers are not started beyond maxWorkers while one that is replaced is at work", async () => {
  const trial = new Trial({ ...limits, minWorkers: 1, maxTasksPerWorker: 1 });
  await perform(trial, [goOn(), submit(), goOn()]);
  trial.pool.resize({});
  assert.equal(trial.host.workers.length, 1);
  await perform(trial, [goOn(), goOn()]);
  assert.deepEqual(
    trial.host.workers.map(({ gone }) => gone),
    [true, false],
  );
  await trial.finish();
});

test("what a task submits after terminate() is refused", async () => {
  const trial = new Trial(limits);
  await perform(trial, [...running, { do: "terminate" }]);
  const [worker] = trial.host.workers;
  const outcome = worker!.submit(worker!.running[0]!.task, () => {}, [], {});
  assert.ok("error" in outcome && outcome.error instanceof ShutdownError);
  await trial.finish();
  assert.equal(trial.host.workers.length, 1);
});

test("idle workers that minWorkers kept end once less are kept", async () => {
  const trial = new Trial({ ...limits, minWorkers: 1 });
  await perform(trial, [goOn(), { do: "advance", ms: 2_000 }]);
  const [worker] = trial.host.workers;
  assert.equal(worker!.stopped, false);
  await perform(trial, [
    { do: "resize", maxWorkers: 1, minWorkers: 0 },
    { do: "advance", ms: 0 },
  ]);
  assert.equal(worker!.stopped, true);
  await trial.finish();
});

test("a worker that is idle because it does not answer is replaced when tasks wait", async () => {
  const trial = new Trial(limits);
  await perform(trial, [submit(), goOn()]);
  // so many are taken back, and not answered for, that it is given no more
  for (let taken = 0; taken < 17; taken++) await perform(trial, [{ do: "cancel", which: taken }, submit()]);
  const [worker] = trial.host.workers;
  assert.equal(worker!.held.length, 0);
  await perform(trial, [{ do: "advance", ms: limits.idleTimeout }]);
  assert.equal(worker!.stopped, true);
  assert.equal(trial.host.workers.length, 2);
  await trial.finish();
});

test("a crash breaks the pool, whatever a callback does to the task that ran", async () => {
  const trial = new Trial({ ...limits, onWorkerCrash: "fail-pool" });
  await perform(trial, [
    ...running,
    // it is cancelled with its parent's worker, and its callback aborts the parent
    { do: "submit", worker: 0, which: 0, task: { ...plain, whenDone: "abort" } },
    { do: "exit", worker: 0, asked: false, reason: "exit" },
  ]);
  assert.equal(trial.pool.stats().state, "broken");
  await trial.finish();
});

test("a further attempt lends its place only once it has given way itself", async () => {
  const trial = new Trial(limits);
  const retries = { attempts: 1, backoff: 0, factor: 1, maxBackoff: 0, jitter: 0 };
  const fails: Step = { do: "finish", worker: 0, count: 1, ends: { ok: false, ran: 1, waited: true } };
  channel("ungil:task:retry").subscribe(trial.retried);
  const gaveWay: Step = { do: "gaveWay", worker: 0, which: 0 };
  const child: Step = { do: "submit", worker: 0, which: 0, task: plain };
  await perform(trial, [submit({ retries }), goOn(), goOn(), gaveWay, fails, goOn(), child]);
  const [worker] = trial.host.workers;
  assert.equal(worker!.held.length, 1);
  await perform(trial, [gaveWay]);
  assert.equal(worker!.held.length, 2);
  await trial.finish();
  channel("ungil:task:retry").unsubscribe(trial.retried);
});

test("an executor that breaks while it looks for a place for a task does not send that task, which has failed", async () => {
  const trial = new Trial({ ...limits, maxWorkers: 2, prefetches: true });
  // one is done, so that it is known to be cheap, and another runs: more of them may wait in front of its worker
  const done: Step = { do: "goOn", worker: 0, which: 0, ends: { ok: true, ran: 0.001, waited: false } };
  await perform(trial, [...running, done, submit(), goOn(), { do: "failStart", count: 3 }]);
  assert.equal(trial.host.workers[0]!.running.length, 1);
  // each tries to start a second worker; the third time is one too many
  await perform(trial, [submit(), submit(), submit()]);
  assert.equal(trial.model.isBroken, true);
  assert.equal(trial.model.tasks.at(-1)!.settlements, 1);
  await trial.finish();
});

test("what is taken back from a worker that retires fails where the executor is broken: nobody is left to take it", async () => {
  const trial = new Trial({ ...limits, maxWorkers: 2, prefetches: true });
  const done: Step = { do: "goOn", worker: 0, which: 0, ends: { ok: true, ran: 0.001, waited: false } };
  await perform(trial, [...running, done, submit(), goOn(), { do: "failStart", count: 3 }]);
  await perform(trial, [submit(), submit(), submit()]);
  assert.equal(trial.model.isBroken, true);
  const inFront = trial.model.tasks.filter(({ phase }) => phase === "sent");
  assert.ok(inFront.length > 0);
  await perform(trial, [
    { do: "memory", worker: 0, which: 0 },
    { do: "gaveWay", worker: 0, which: 0 },
  ]);
  assert.ok(inFront.every(({ settlements }) => settlements === 1));
  await trial.finish();
});

test("a worker that had its share takes tasks again only where no other has taken its place", async () => {
  const trial = new Trial({ ...limits, maxWorkers: 2, maxTasksPerWorker: 1 });
  // the second has been sent its one task, the first is still on its way
  await perform(trial, [submit(), submit(), goOn(1), { do: "resize", maxWorkers: 1, minWorkers: 0 }]);
  await perform(trial, [
    { do: "cancel", which: 1 },
    { do: "cancel", which: 0 },
  ]);
  const stay = trial.host.workers.filter(({ stopped, ended, gone }) => !stopped && !ended && !gone);
  assert.deepEqual(
    stay.map(({ index }) => index),
    [0],
  );
  await trial.finish();
});

test("what the tasks of a lost worker have submitted is aborted, that of nested ones among them too", async () => {
  const trial = new Trial({ ...limits, maxWorkers: 2 });
  const nested = (which: number): Step => ({ do: "submit", worker: 0, which, task: { ...plain } });
  const gaveWay: Step = { do: "gaveWay", worker: 0, which: 0 };
  // 1 submits 2, which runs in its place and submits 3, which runs on another worker
  await perform(trial, [...running, nested(0), gaveWay, { do: "resize", maxWorkers: 1, minWorkers: 0 }]);
  await perform(trial, [gaveWay, goOn(0), { do: "resize", maxWorkers: 2, minWorkers: 0 }, nested(1)]);
  const { tasks } = trial.model;
  assert.deepEqual(
    tasks.map(({ phase }) => phase),
    ["begun", "begun", "waiting"],
  );
  await perform(trial, [{ do: "exit", worker: 0, asked: false, reason: "exit" }]);
  assert.deepEqual(
    tasks.map(({ settlements }) => settlements),
    [1, 1, 1],
  );
  await trial.finish();
});

test("a worker that one of its tasks blocks is not given what was taken back from it while another can start", async () => {
  const trial = new Trial({ ...limits, maxWorkers: 2, tasksPerWorker: 2, prefetches: true });
  await perform(trial, [submit(), goOn(), goOn(), submit(), { do: "machine", ms: 40 }]);
  assert.equal(trial.host.workers.length, 2);
  await perform(trial, [goOn(1), goOn(1)]);
  assert.equal(trial.host.workers[1]!.running.length, 1);
  await trial.finish();
});
