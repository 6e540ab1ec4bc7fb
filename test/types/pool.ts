// What a user of `Pool` writes, and what the compiler says to it.
import { expectTypeOf } from "expect-type";
import type { ProcessPoolExecutor } from "ungil";
import {
  type AsyncResult,
  type IMapIterator,
  Pool,
  type PoolMapAsyncOptions,
  type PoolOptions,
} from "ungil/multiprocessing";

const pool = new Pool({ processes: 2 });

// ---- making one ----
const setUp = (name: string, size: number): void => void [name, size];
export const made = [
  new Pool(),
  new Pool(4),
  new Pool(undefined, { maxTasksPerChild: 10 }),
  new Pool(4, { initializer: setUp, initargs: ["a", 1], env: { A: "1" } }),
  new Pool({ processes: 4, initializer: setUp, initargs: ["a", 1], maxTasksPerChild: 10, cwd: "/" }),
];
expectTypeOf(pool.executor).toEqualTypeOf<ProcessPoolExecutor>();
expectTypeOf<PoolOptions["processes"]>().toEqualTypeOf<number | undefined>();
// @ts-expect-error an executor's word for it
export const executors = new Pool({ maxWorkers: 4 });
// @ts-expect-error the number is given twice
export const twice = new Pool(4, { processes: 4 });
// @ts-expect-error neither a number nor options
export const text = new Pool("4");

// ---- apply ----
const add = (a: number, b: number): number => a + b;
const load = async (name: string): Promise<Uint8Array> => new TextEncoder().encode(name);
const greet = (name: string, greeting?: string): string => `${greeting ?? "hello"} ${name}`;
const kind = (value: string | number): string => typeof value;
const pair = <A, B>(a: A, b: B): [A, B] => [a, b];
const readonlyArgs: readonly [number, number] = [1, 2];

expectTypeOf(pool.apply(add, [1, 2])).toEqualTypeOf<Promise<number>>();
expectTypeOf(pool.apply(add, readonlyArgs)).toEqualTypeOf<Promise<number>>();
expectTypeOf(pool.apply(load, ["a"])).toEqualTypeOf<Promise<Uint8Array>>();
expectTypeOf(pool.apply(() => "a" as const)).toEqualTypeOf<Promise<"a">>();
expectTypeOf(pool.apply(() => 1, [])).toEqualTypeOf<Promise<number>>();
expectTypeOf(pool.apply(greet, ["you"])).toEqualTypeOf<Promise<string>>();
expectTypeOf(pool.apply(greet, ["you", "hi"])).toEqualTypeOf<Promise<string>>();
expectTypeOf(pool.apply(Math.max, [1, 2, 3])).toEqualTypeOf<Promise<number>>();
expectTypeOf(pool.apply(pair, [1, "a"])).toEqualTypeOf<Promise<[number, string]>>();
expectTypeOf(pool.apply((a, b) => a + b, [1, 2])).toEqualTypeOf<Promise<number>>();
expectTypeOf(pool.applyAsync(add, [1, 2])).toEqualTypeOf<AsyncResult<number>>();
expectTypeOf(pool.applyAsync(load, ["a"])).toEqualTypeOf<AsyncResult<Uint8Array>>();
pool.applyAsync(load, ["a"], {
  callback: (bytes) => expectTypeOf(bytes).toEqualTypeOf<Uint8Array>(),
  errorCallback: (error) => expectTypeOf(error).toEqualTypeOf<unknown>(),
});
pool.applyAsync(() => 1, [], { callback: (value) => expectTypeOf(value).toEqualTypeOf<number>() });

// @ts-expect-error an argument is missing
void pool.apply(add, [1]);
// @ts-expect-error arguments are missing
void pool.apply(add);
// @ts-expect-error one argument too many
void pool.apply(add, [1, 2, 3]);
// @ts-expect-error the argument has another type
void pool.apply(add, [1, "2"]);
// @ts-expect-error not an array
pool.applyAsync(add, 1, 2);
// @ts-expect-error the callback is for another type
pool.applyAsync(add, [1, 2], { callback: (value: string) => value });
// @ts-expect-error Python's spelling
pool.applyAsync(add, [1, 2], { error_callback: console.error });

// ---- map ----
declare const lines: AsyncIterable<string>;
expectTypeOf(pool.map((n: number) => n > 1, [1, 2])).toEqualTypeOf<Promise<boolean[]>>();
expectTypeOf(pool.map((n) => n * 2, [1, 2])).toEqualTypeOf<Promise<number[]>>();
expectTypeOf(pool.map(parseInt, ["1"])).toEqualTypeOf<Promise<number[]>>();
expectTypeOf(pool.map(load, new Set(["a"]))).toEqualTypeOf<Promise<Uint8Array[]>>();
expectTypeOf(pool.map(kind, [1, "a"])).toEqualTypeOf<Promise<string[]>>();
expectTypeOf(pool.map((line) => line.length, lines, { chunksize: 3 })).toEqualTypeOf<Promise<number[]>>();
expectTypeOf(pool.mapAsync(load, ["a"])).toEqualTypeOf<AsyncResult<Uint8Array[]>>();
pool.mapAsync(load, ["a"], {
  chunksize: 2,
  callback: (all) => expectTypeOf(all).toEqualTypeOf<Uint8Array[]>(),
});
expectTypeOf<PoolMapAsyncOptions<number[]>["callback"]>().toEqualTypeOf<
  ((result: number[]) => void) | undefined
>();
// @ts-expect-error the items have another type
void pool.map((n: number) => n, ["a"]);
// @ts-expect-error a function of two parameters, which are what `starmap` is for
void pool.map(add, [1, 2]);
// @ts-expect-error an option of mapAsync
void pool.map(kind, [1], { callback: console.log });

// ---- starmap ----
const label = (name: string, size: number): string => `${name}: ${size}`;
expectTypeOf(
  pool.starmap(add, [
    [1, 2],
    [3, 4],
  ]),
).toEqualTypeOf<Promise<number[]>>();
expectTypeOf(pool.starmap(label, [["a", 1]])).toEqualTypeOf<Promise<string[]>>();
expectTypeOf(pool.starmap(label, new Map([["a", 1]]))).toEqualTypeOf<Promise<string[]>>();
expectTypeOf(pool.starmap(label, Object.entries({ a: 1 }))).toEqualTypeOf<Promise<string[]>>();
expectTypeOf(pool.starmap(Math.pow, [readonlyArgs])).toEqualTypeOf<Promise<number[]>>();
expectTypeOf(pool.starmapAsync(label, [["a", 1]])).toEqualTypeOf<AsyncResult<string[]>>();
pool.starmapAsync(label, [["a", 1]], {
  callback: (all) => expectTypeOf(all).toEqualTypeOf<string[]>(),
});
// @ts-expect-error in the wrong order
void pool.starmap(label, [[1, "a"]]);
// @ts-expect-error an argument is missing
void pool.starmap(label, [["a"]]);
// @ts-expect-error not lists of arguments
void pool.starmap(add, [1, 2]);

// ---- imap ----
expectTypeOf(pool.imap(load, ["a"])).toEqualTypeOf<IMapIterator<Uint8Array>>();
expectTypeOf(
  pool.imapUnordered((line) => line.length, lines, { chunksize: 10, buffersize: 100 }),
).toEqualTypeOf<IMapIterator<number>>();

export async function use(): Promise<void> {
  for await (const size of pool.imap((line) => line.length, lines)) {
    expectTypeOf(size).toEqualTypeOf<number>();
  }
  const step = await pool.imap(load, ["a"]).next({ timeout: 5 });
  if (!step.done) expectTypeOf(step.value).toEqualTypeOf<Uint8Array>();

  const result = pool.applyAsync(add, [1, 2]);
  expectTypeOf(await result).toEqualTypeOf<number>();
  expectTypeOf(await result.get({ timeout: 5 })).toEqualTypeOf<number>();
  expectTypeOf(await result.wait({ timeout: 5 })).toEqualTypeOf<boolean>();
  expectTypeOf(result.ready()).toEqualTypeOf<boolean>();
  expectTypeOf(result.successful()).toEqualTypeOf<boolean>();
  // @ts-expect-error times are options, in ms
  await result.get(5);

  pool.close();
  await pool.join({ timeout: 1_000 });
  await using other = new Pool(1);
  await other.terminate();
}
