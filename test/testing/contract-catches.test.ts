// The contract's suite must be able to fail: each executor here breaks one rule, and the tests named for it
// have to notice.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Executor, Future, type MapOptions, type TaskOptions } from "ungil";
import { type ContractExecutorOptions, executorContract } from "ungil/testing";
import { MicrotaskExecutor } from "./support/microtask-executor.js";

type Create = (options?: ContractExecutorOptions) => Executor;
type Submit = (options: TaskOptions, fn: (...args: unknown[]) => unknown, args: unknown[]) => Future<unknown>;

/** The tests whose names start with an item, for the executors that `create` makes. */
function testsOf(item: string, create: Create, limit: number): (() => Promise<void>)[] {
  const tests: (() => Promise<void>)[] = [];
  executorContract({
    name: "broken",
    create,
    limit,
    describe: (_name, body) => body(),
    test: (name, { skip }, body) => {
      if (!skip && name.startsWith(item)) tests.push(body);
    },
  });
  return tests;
}

/** An executor through whose submissions `change` goes. */
function withSubmit(
  options: ContractExecutorOptions | undefined,
  change: (submit: Submit, ...args: Parameters<Submit>) => Future<unknown>,
): Executor {
  const executor = new MicrotaskExecutor(options);
  const submit = executor.submitWith.bind(executor) as Submit;
  executor.submitWith = ((...args) => change(submit, ...args)) as Submit as typeof executor.submitWith;
  return executor;
}

/** An executor whose maps always have these options. */
function withMap(options: ContractExecutorOptions | undefined, fixed: MapOptions): Executor {
  const executor = new MicrotaskExecutor(options);
  const map = executor.mapWith.bind(executor);
  executor.mapWith = (taskOptions, fn, items, mapOptions) =>
    map(taskOptions, fn, items, { ...mapOptions, ...fixed });
  return executor;
}

/** An executor whose shutdown always has these options. */
function withShutdown(
  options: ContractExecutorOptions | undefined,
  fixed: { wait?: boolean; cancelFutures?: boolean },
): Executor {
  const executor = new MicrotaskExecutor(options);
  const shutdown = executor.shutdown.bind(executor);
  executor.shutdown = (shutdownOptions) => shutdown({ ...shutdownOptions, ...fixed });
  return executor;
}

const kept: unknown[] = [];

const broken: [rule: string, item: string, create: Create][] = [
  [
    "keeps every future",
    "A12",
    (options) =>
      withSubmit(options, (submit, ...args) => {
        const future = submit(...args);
        kept.push(future);
        return future;
      }),
  ],
  [
    "keeps every argument",
    "D12",
    (options) =>
      withSubmit(options, (submit, ...args) => {
        kept.push(args);
        return submit(...args);
      }),
  ],
  [
    "answers with a failed future instead of throwing after shutdown",
    "D2",
    (options) =>
      withSubmit(options, (submit, ...args) => {
        try {
          return submit(...args);
        } catch (error) {
          const { future, reject } = Future.withResolvers<never>();
          reject(error);
          future.catch(() => {});
          return future;
        }
      }),
  ],
  [
    "wraps the errors of tasks",
    "A4: a failed future",
    (options) =>
      withSubmit(options, (submit, taskOptions, fn, args) => {
        const wrapped = async (...inner: unknown[]): Promise<unknown> => {
          try {
            return await fn(...inner);
          } catch (cause) {
            throw new Error("the task failed", { cause });
          }
        };
        return submit(taskOptions, wrapped, args);
      }),
  ],
  [
    "reports failures that were observed",
    "A11",
    (options) =>
      withSubmit(options, (submit, ...args) => {
        const future = submit(...args);
        future.onDone(() => {
          const { exception } = future.snapshot();
          if (exception) options?.onUnobserved?.({ error: exception, name: "again" });
        });
        return future;
      }),
  ],
  [
    "runs more than maxWorkers",
    "D1: no more than maxWorkers",
    (options) => new MicrotaskExecutor({ ...options, maxWorkers: 50 }),
  ],
  [
    "forgets maxQueue",
    "D1: one more than maxQueue",
    (options) => new MicrotaskExecutor({ ...options, maxQueue: 1_000 }),
  ],
  ["does not wait in shutdown", "D13: shutdown waits", (options) => withShutdown(options, { wait: false })],
  [
    "ignores cancelFutures",
    "D14: cancelFutures",
    (options) => withShutdown(options, { cancelFutures: false }),
  ],
  [
    "reads ahead without bound",
    "D10: at most buffersize",
    (options) => withMap(options, { buffersize: 100 }),
  ],
  [
    "delivers as completed",
    "D6: results come in the order",
    (options) => withMap(options, { ordered: false }),
  ],
  [
    "swallows the failures of a map",
    "D6: a failure is thrown",
    (options) => withMap(options, { errors: "settle" }),
  ],
  ["never tells progress", "D5: progress", (options) => withMap(options, { onProgress: undefined })],
];

describe("the contract notices an executor that", () => {
  for (const [rule, item, create] of broken) {
    test(rule, async () => {
      // a state that never comes is waited for in vain: the patience need not be long
      const tests = testsOf(item, create, 1_000);
      assert.ok(tests.length > 0, `there are tests named ${item}`);
      const failures: unknown[] = [];
      for (const body of tests) await body().catch((error: unknown) => failures.push(error));
      assert.ok(failures.length > 0, `a test of ${item} fails`);
      for (const body of testsOf(item, (options) => new MicrotaskExecutor(options), 60_000)) await body();
    });
  }
});
