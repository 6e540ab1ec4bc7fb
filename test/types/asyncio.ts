// The types of tasks, groups and what waits on the event loop.
import { expectTypeOf } from "expect-type";
import type { Executor, Future } from "ungil";
import {
  type Awaitable,
  asCompleted,
  type Condition,
  createTask,
  currentAsyncTask,
  currentSignal,
  gather,
  Runner,
  run,
  runInExecutor,
  shield,
  sleep,
  Task,
  TaskGroup,
  type TaskGroupError,
  type TaskInfo,
  taskGroup,
  taskTree,
  timeout,
  timeoutAt,
  toThread,
  wait,
  waitFor,
  wrapFuture,
} from "ungil/asyncio";

declare const executor: Executor;
declare const number: Task<number>;
declare const text: Future<string>;

// ---- tasks are futures ----
expectTypeOf(createTask(() => 1)).toEqualTypeOf<Task<number>>();
expectTypeOf(createTask(async () => "a")).toEqualTypeOf<Task<string>>();
expectTypeOf<Awaited<Task<number>>>().toEqualTypeOf<number>();
expectTypeOf<Task<number>>().toExtend<Future<number>>();
expectTypeOf<Task<number>>().toExtend<Task<unknown>>();
expectTypeOf(number.cancelling()).toEqualTypeOf<number>();
expectTypeOf(currentAsyncTask()).toEqualTypeOf<Task<unknown> | undefined>();
expectTypeOf(currentSignal()).toEqualTypeOf<AbortSignal>();
expectTypeOf(sleep(1)).toEqualTypeOf<Promise<void>>();
// @ts-expect-error tasks are made by createTask
export const made = new Task({});
// @ts-expect-error a function is started, not a promise
createTask(Promise.resolve(1));
// @ts-expect-error arguments are bound by a closure
createTask((n: number) => n);
// @ts-expect-error a misspelt option
createTask(() => 1, { nam: "x" });

// ---- groups ----
expectTypeOf(taskGroup(async () => 1)).toEqualTypeOf<Promise<number | undefined>>();
taskGroup((group) => {
  expectTypeOf(group).toEqualTypeOf<TaskGroup>();
  expectTypeOf(group.createTask(async () => 1)).toEqualTypeOf<Task<number>>();
  expectTypeOf(group.submit(executor, (a: number, b: string) => `${a}${b}`, 1, "b")).toEqualTypeOf<
    Task<string>
  >();
  // @ts-expect-error arguments have to fit
  group.submit(executor, (a: number) => a, "1");
  expectTypeOf(group.with(executor)).toEqualTypeOf<Executor>();
});
export async function block(): Promise<void> {
  await using group = new TaskGroup({ name: "block" });
  group.createTask(() => 1);
}
expectTypeOf<TaskGroupError>().toExtend<AggregateError>();
expectTypeOf<TaskGroupError["errors"]>().toEqualTypeOf<unknown[]>();

// ---- several at once ----
expectTypeOf(gather([() => 1, async () => "a", number, text, Promise.resolve(true)])).toEqualTypeOf<
  Task<[number, string, number, string, boolean]>
>();
expectTypeOf(gather([() => 1, text], { returnExceptions: true })).toEqualTypeOf<
  Task<[number | Error, string | Error]>
>();
declare const names: string[];
expectTypeOf(gather(names.map((name) => () => name.length))).toEqualTypeOf<Task<number[]>>();
expectTypeOf(gather(new Set([number]))).toEqualTypeOf<Task<number[]>>();
// @ts-expect-error nothing to wait for
gather([1]);
export async function several(tasks: Task<number>[]): Promise<void> {
  const { done } = await wait(tasks, { returnWhen: "FIRST_COMPLETED" });
  expectTypeOf(done).toEqualTypeOf<Set<Task<number>>>();
  for await (const task of asCompleted(tasks)) expectTypeOf(task).toEqualTypeOf<Task<number>>();
  // @ts-expect-error functions are started first
  wait([() => 1]);
}

// ---- limits of time ----
expectTypeOf(timeout(5, async () => 1)).toEqualTypeOf<Promise<number>>();
expectTypeOf(timeoutAt(null, (limit) => limit.when())).toEqualTypeOf<Promise<number | null>>();
expectTypeOf(waitFor(() => 1, 5)).toEqualTypeOf<Promise<number>>();
expectTypeOf(waitFor(async () => "a", null)).toEqualTypeOf<Promise<string>>();
expectTypeOf(waitFor(text, 5)).toEqualTypeOf<Promise<string>>();
expectTypeOf(shield(number)).toEqualTypeOf<Future<number>>();
expectTypeOf(shield(async () => "a")).toEqualTypeOf<Future<string>>();
// @ts-expect-error the body is what is limited
timeout(5);
// @ts-expect-error a time is a number of ms
waitFor(number, "5s");

// ---- entries and bridges ----
expectTypeOf(run(async () => 1)).toEqualTypeOf<Promise<number>>();
expectTypeOf(new Runner({ handleSigint: true }).run(() => "a")).toEqualTypeOf<Promise<string>>();
expectTypeOf(toThread((a: number, b: number) => a + b, 1, 2)).toEqualTypeOf<Task<number>>();
expectTypeOf(runInExecutor(executor, async (a: string) => a.length, "a")).toEqualTypeOf<Task<number>>();
expectTypeOf(wrapFuture(text)).toEqualTypeOf<Task<string>>();
expectTypeOf(wrapFuture(Promise.resolve(1))).toEqualTypeOf<Task<number>>();
expectTypeOf(taskTree()).toEqualTypeOf<TaskInfo[]>();
expectTypeOf<() => Promise<number>>().toExtend<Awaitable<number>>();
// @ts-expect-error arguments have to fit
toThread((a: number) => a, "1");

// ---- what a predicate answered when the wait ended is truthy ----
declare const condition: Condition;
expectTypeOf(condition.waitFor(() => ["a"].at(0))).resolves.toEqualTypeOf<string>();
expectTypeOf(condition.waitFor(() => [1].length > 0)).resolves.toEqualTypeOf<true>();
