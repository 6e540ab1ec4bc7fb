/** What the types of the executor contract promise: checked by the compiler, never run. */
import { expectTypeOf } from "expect-type";
import {
  AsyncExecutor,
  type Executor,
  Future,
  InlineExecutor,
  type TaskStream,
  ThreadPoolExecutor,
  wait,
} from "ungil";

declare const executor: Executor;
declare const numbers: AsyncIterable<number>;

// every executor is an Executor
expectTypeOf<ThreadPoolExecutor>().toExtend<Executor>();
expectTypeOf<AsyncExecutor>().toExtend<Executor>();
expectTypeOf<InlineExecutor>().toExtend<Executor>();
void [ThreadPoolExecutor, AsyncExecutor, InlineExecutor];

// submit: the future's value is what the function returns, awaited; the arguments are the function's
expectTypeOf(executor.submit((a: number, b: string) => a + b, 1, "b")).toEqualTypeOf<Future<string>>();
expectTypeOf(executor.submit(async () => new Map<string, number>())).toEqualTypeOf<
  Future<Map<string, number>>
>();
expectTypeOf(executor.submit(() => {})).toEqualTypeOf<Future<void>>();
// @ts-expect-error: an argument of the wrong type
executor.submit((a: number) => a, "1");
// @ts-expect-error: an argument is missing
executor.submit((a: number) => a);
// @ts-expect-error: one argument too many
executor.submit((a: number) => a, 1, 2);
// @ts-expect-error: not a function
executor.submit("a");

// map: results are awaited for an array or iterated; the function gets item and index
const stream = executor.map(async (n: number, index: number) => `${n}${index}`, [1, 2]);
expectTypeOf(stream).toEqualTypeOf<TaskStream<string>>();
expectTypeOf<Awaited<typeof stream>>().toEqualTypeOf<string[]>();
expectTypeOf(executor.map((n: number) => n > 1, numbers)).toEqualTypeOf<TaskStream<boolean>>();
expectTypeOf(executor.map((n: number) => n, [1], { errors: "settle" })).toEqualTypeOf<
  TaskStream<PromiseSettledResult<number>>
>();
// @ts-expect-error: the items are of another type
executor.map((n: number) => n, ["1"]);
// @ts-expect-error: no such option
executor.map((n: number) => n, [1], { chunkSize: 1 });

// with: a view is an executor; options are checked
expectTypeOf(
  executor.with({ timeout: 1, retries: { attempts: 2, backoff: (n) => n } }),
).toEqualTypeOf<Executor>();
// @ts-expect-error: no such option
executor.with({ timeOut: 1 });

// wait: the sets hold the futures that were given
declare const futures: Future<number>[];
expectTypeOf((await wait(futures)).done).toEqualTypeOf<Set<Future<number>>>();
// @ts-expect-error: no such condition
await wait(futures, { returnWhen: "FIRST" });

// a future is awaited, not used as its value
expectTypeOf<Awaited<Future<number>>>().toEqualTypeOf<number>();
declare const future: Future<number>;
// @ts-expect-error: `await` is missing
void (future + 1);
// @ts-expect-error: only executors and withResolvers make futures
void new Future();
