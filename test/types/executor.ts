// What a user writes against the contract, and what the compiler says to it. Everything that holds for the
// interface `Executor` holds for every executor, because each is assignable to it.
import { AsyncLocalStorage } from "node:async_hooks";
import { expectTypeOf } from "expect-type";
import {
  AsyncExecutor,
  currentTask,
  type Executor,
  type Future,
  InlineExecutor,
  type MapOptions,
  propagate,
  type TaskOptions,
  type TaskStream,
  ThreadPoolExecutor,
  type WorkerOutput,
} from "ungil";

declare const executor: Executor;

// ---- every executor is one ----
expectTypeOf<ThreadPoolExecutor>().toExtend<Executor>();
expectTypeOf<AsyncExecutor>().toExtend<Executor>();
expectTypeOf<InlineExecutor>().toExtend<Executor>();
expectTypeOf(executor.with({ timeout: 1 })).toEqualTypeOf<Executor>();
export const made: Executor[] = [new ThreadPoolExecutor(), new AsyncExecutor(), new InlineExecutor()];

// ---- submit: results ----
const fib = (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2));
const load = async (name: string): Promise<Uint8Array> => new TextEncoder().encode(name);
declare const nested: () => Promise<Promise<number>>;

expectTypeOf(executor.submit(fib, 40)).toEqualTypeOf<Future<number>>();
expectTypeOf(executor.submit(load, "a")).toEqualTypeOf<Future<Uint8Array>>();
expectTypeOf(executor.submit(nested)).toEqualTypeOf<Future<number>>();
expectTypeOf(executor.submit(() => {})).toEqualTypeOf<Future<void>>();
expectTypeOf(executor.submit(() => "a" as const)).toEqualTypeOf<Future<"a">>();
expectTypeOf(executor.submit((a: number) => (a > 1 ? "big" : 0), 2)).toEqualTypeOf<Future<"big" | 0>>();
expectTypeOf(executor.submit(JSON.stringify, { a: 1 })).toEqualTypeOf<Future<string>>();

// ---- submit: arguments ----
expectTypeOf(executor.submit((text: string, times: number) => text.repeat(times), "a", 3)).toEqualTypeOf<
  Future<string>
>();
// a lambda without annotations gets its parameters' types from the arguments
expectTypeOf(executor.submit((a, b) => a + b, 1, 2)).toEqualTypeOf<Future<number>>();
expectTypeOf(executor.submit((text) => text.length, "abc")).toEqualTypeOf<Future<number>>();
// optional and rest parameters
const greet = (name: string, greeting?: string): string => `${greeting ?? "hello"} ${name}`;
const sum = (first: number, ...others: number[]): number => others.reduce((a, b) => a + b, first);
expectTypeOf(executor.submit(greet, "you")).toEqualTypeOf<Future<string>>();
expectTypeOf(executor.submit(greet, "you", "hi")).toEqualTypeOf<Future<string>>();
expectTypeOf(executor.submit(sum, 1)).toEqualTypeOf<Future<number>>();
expectTypeOf(executor.submit(sum, 1, 2, 3)).toEqualTypeOf<Future<number>>();
expectTypeOf(executor.submit(Math.max, 1, 2, 3)).toEqualTypeOf<Future<number>>();
expectTypeOf(executor.submit((size = 10) => size, 5)).toEqualTypeOf<Future<number>>();
// wider parameters take narrower arguments, of unions too
const kind = (value: string | number): string => typeof value;
expectTypeOf(executor.submit(kind, 1)).toEqualTypeOf<Future<string>>();
expectTypeOf(executor.submit(kind, Math.random() > 0.5 ? 1 : "a")).toEqualTypeOf<Future<string>>();
const area = (shape: { readonly width: number; readonly height?: number }): number => shape.width;
expectTypeOf(executor.submit(area, { width: 1 })).toEqualTypeOf<Future<number>>();

// @ts-expect-error the argument has another type
executor.submit(fib, "40");
// @ts-expect-error an argument is missing
executor.submit(fib);
// @ts-expect-error one argument too many
executor.submit(fib, 1, 2);
// @ts-expect-error one of the rest has another type
executor.submit(sum, 1, 2, "3");
// @ts-expect-error a property is missing
executor.submit(area, { height: 1 });
// @ts-expect-error not a function
executor.submit(42);
// @ts-expect-error a promise is not a function
executor.submit(load("a"));

// ---- submit: overloads and generics ----
function parse(text: string): number;
function parse(text: string, radix: 2 | 10): bigint;
function parse(text: string, radix?: number): number | bigint {
  return radix === undefined ? Number(text) : BigInt(text);
}
// of overloads the last counts, as for every higher-order function of TypeScript
expectTypeOf(executor.submit(parse, "1", 10)).toEqualTypeOf<Future<bigint>>();
expectTypeOf(executor.submit((text: string) => parse(text), "1")).toEqualTypeOf<Future<number>>();

const first = <T>(items: readonly T[]): T | undefined => items[0];
const pair = <A, B>(a: A, b: B): [A, B] => [a, b];
expectTypeOf(executor.submit(first<number>, [1, 2])).toEqualTypeOf<Future<number | undefined>>();
expectTypeOf(executor.submit(() => pair(1, "a"))).toEqualTypeOf<Future<[number, string]>>();
expectTypeOf(executor.submit(pair<number, string>, 1, "a")).toEqualTypeOf<Future<[number, string]>>();

// generic functions are resolved from the arguments
expectTypeOf(executor.submit(first, [1, 2])).toEqualTypeOf<Future<number | undefined>>();
expectTypeOf(executor.submit(pair, 1, "a")).toEqualTypeOf<Future<[number, string]>>();
expectTypeOf(executor.submit(structuredClone, [1])).toEqualTypeOf<Future<number[]>>();
// and pass through the functions of a program
export async function submitTo<A extends unknown[], R>(
  on: Executor,
  fn: (...args: A) => R,
  ...args: A
): Promise<Awaited<R>> {
  return await on.submit(fn, ...args);
}

class Counter {
  count = 0;
  add(by: number): number {
    this.count += by;
    return this.count;
  }
  static zero(): number {
    return 0;
  }
}
const counter = new Counter();
expectTypeOf(executor.submit((by: number) => counter.add(by), 1)).toEqualTypeOf<Future<number>>();
expectTypeOf(executor.submit(Counter.zero)).toEqualTypeOf<Future<number>>();

// a function of the program that takes any executor
export async function run<R>(on: Executor, fn: () => R): Promise<Awaited<R>> {
  return await on.submit(fn);
}

// ---- map ----
expectTypeOf(executor.map(fib, [1, 2])).toEqualTypeOf<TaskStream<number>>();
expectTypeOf(executor.map(load, new Set(["a"]))).toEqualTypeOf<TaskStream<Uint8Array>>();
expectTypeOf(executor.map((n) => n * 2, [1, 2])).toEqualTypeOf<TaskStream<number>>();
expectTypeOf(executor.map((text, index) => `${index}${text}`, ["a"])).toEqualTypeOf<TaskStream<string>>();
expectTypeOf(executor.map(([key, value]) => `${key}${value}`, new Map([["a", 1]]))).toEqualTypeOf<
  TaskStream<string>
>();
declare const lines: AsyncIterable<string>;
expectTypeOf(executor.map((line) => line.length, lines)).toEqualTypeOf<TaskStream<number>>();
expectTypeOf(
  executor.map(
    fib,
    executor.map((line) => line.length, lines),
  ),
).toEqualTypeOf<TaskStream<number>>();
expectTypeOf(executor.map(fib, [1], { ordered: false, chunksize: "auto" })).toEqualTypeOf<
  TaskStream<number>
>();
expectTypeOf(executor.map(fib, [1], { errors: "throw" })).toEqualTypeOf<TaskStream<number>>();
expectTypeOf(executor.map(fib, [1], { errors: "settle" })).toEqualTypeOf<
  TaskStream<PromiseSettledResult<number>>
>();
expectTypeOf(executor.map((n) => n, [1], { errors: "settle", ordered: false })).toEqualTypeOf<
  TaskStream<PromiseSettledResult<number>>
>();
expectTypeOf(executor.with({ retries: 2 }).map(load, ["a"])).toEqualTypeOf<TaskStream<Uint8Array>>();

// options that are only known when the program runs give either kind of results
declare const options: MapOptions;
expectTypeOf(executor.map(fib, [1], options)).toEqualTypeOf<
  TaskStream<number> | TaskStream<PromiseSettledResult<number>>
>();

// ---- map into a typed array ----
expectTypeOf(executor.map(fib, [1], { into: Float64Array })).toEqualTypeOf<
  TaskStream<number, Float64Array>
>();
expectTypeOf(executor.map((n) => n + 1, new Int32Array(3), { into: new Int32Array(3) })).toEqualTypeOf<
  TaskStream<number, Int32Array<ArrayBuffer>>
>();
expectTypeOf(executor.map((n: number) => BigInt(n), [1], { into: BigInt64Array })).toEqualTypeOf<
  TaskStream<bigint, BigInt64Array>
>();
expectTypeOf(executor.map(async (n: number) => n, [1], { into: Uint8Array, ordered: false })).toEqualTypeOf<
  TaskStream<number, Uint8Array>
>();
expectTypeOf(await executor.map(fib, [1], { into: Float64Array })).toEqualTypeOf<Float64Array>();

// @ts-expect-error strings have no place in it
executor.map((n: number) => `${n}`, [1], { into: Float64Array });
// @ts-expect-error numbers are no bigints
executor.map(fib, [1], { into: BigInt64Array });
// @ts-expect-error bigints are no numbers
executor.map((n: number) => BigInt(n), [1], { into: Float64Array });
// @ts-expect-error settled results have no place in it
executor.map(fib, [1], { into: Float64Array, errors: "settle" });
// @ts-expect-error not a typed array
executor.map(fib, [1], { into: Array });

// ---- forEach and reduce ----
expectTypeOf(executor.forEach(fib, [1])).toEqualTypeOf<Future<void>>();
expectTypeOf(
  executor.forEach((line) => line.length, lines, { errors: "settle", chunksize: 8 }),
).toEqualTypeOf<Future<void>>();
expectTypeOf(executor.reduce(fib, [1], (a, b) => a + b)).toEqualTypeOf<Future<number>>();
expectTypeOf(executor.reduce(load, ["a"], (one, other) => (one.length > 1 ? one : other))).toEqualTypeOf<
  Future<Uint8Array>
>();
expectTypeOf(executor.reduce(fib, [1], Math.max, { initial: 0, ordered: false })).toEqualTypeOf<
  Future<number>
>();

// @ts-expect-error results have no order
executor.forEach(fib, [1], { ordered: true });
// @ts-expect-error combine takes results
executor.reduce(fib, [1], (a: string, b: string) => a + b);
// @ts-expect-error combine answers with a result
executor.reduce(fib, [1], (a, b) => `${a}${b}`);
// @ts-expect-error combine can't wait
executor.reduce(fib, [1], async (a, b) => a + b);
// @ts-expect-error a failure is a failure
executor.reduce(fib, [1], Math.max, { errors: "settle" });

// @ts-expect-error items of another type
executor.map(fib, ["a"]);
// @ts-expect-error not iterable
executor.map(fib, 3);
// @ts-expect-error the second parameter is the index
executor.map((n: number, m: string) => m.repeat(n), [1]);
// @ts-expect-error no such mode
executor.map(fib, [1], { errors: "ignore" });
// @ts-expect-error a misspelt option
executor.map(fib, [1], { bufferSize: 4 });
expectTypeOf<MapOptions["buffersize"]>().toEqualTypeOf<number | undefined>();

export async function consume(stream: TaskStream<number>): Promise<void> {
  expectTypeOf(await stream).toEqualTypeOf<number[]>();
  for await (const value of stream) expectTypeOf(value).toEqualTypeOf<number>();
  await using disposed = stream;
  expectTypeOf(disposed.cancel).parameters.toEqualTypeOf<[reason?: unknown]>();
}

// ---- with and shutdown ----
executor.with({ priority: "high", retries: { attempts: 2, backoff: (attempt) => attempt * 100 } });
const optional: { timeout?: number | undefined } = {};
executor.with({ timeout: optional.timeout });
// @ts-expect-error no such priority
executor.with({ priority: "urgent" });
// @ts-expect-error a misspelt option
executor.with({ timeOut: 5 });
expectTypeOf(executor.shutdown({ wait: true, cancelFutures: true, timeout: 5 })).toEqualTypeOf<
  Promise<void>
>();
expectTypeOf<TaskOptions["signal"]>().toEqualTypeOf<AbortSignal | undefined>();

// ---- context and output ----
expectTypeOf(executor.with({ context: { id: 1 } })).toEqualTypeOf<Executor>();
expectTypeOf(currentTask().context).toEqualTypeOf<unknown>();
const tenants = new AsyncLocalStorage<{ readonly name: string }>();
expectTypeOf(propagate("tenant", tenants)).toEqualTypeOf<AsyncLocalStorage<{ readonly name: string }>>();
// @ts-expect-error a name is a string
propagate(5, tenants);
// @ts-expect-error a Map is no AsyncLocalStorage
propagate("map", new Map<string, string>());
export const listening = new ThreadPoolExecutor({
  onOutput: (output) => {
    expectTypeOf(output).toEqualTypeOf<WorkerOutput>();
    expectTypeOf(output.stream).toEqualTypeOf<"stdout" | "stderr">();
    expectTypeOf(output.task).toEqualTypeOf<{ readonly id: number; readonly name: string } | undefined>();
  },
});
// @ts-expect-error tasks of this thread print to its own streams
export const deaf = new AsyncExecutor({ onOutput: () => {} });
