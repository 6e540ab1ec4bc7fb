// The types of futures and of waiting for several.
import { expectTypeOf } from "expect-type";
import { asCompleted, Future, type FutureState, wait } from "ungil";

declare const number: Future<number>;
declare const text: Future<string>;

// ---- a future is read as what it will be ----
expectTypeOf<Awaited<Future<number>>>().toEqualTypeOf<number>();
expectTypeOf(number.result({ timeout: 5 })).toEqualTypeOf<Promise<number>>();
expectTypeOf(number.exception()).toEqualTypeOf<Promise<unknown>>();
expectTypeOf(number.then((value) => `${value}`)).toEqualTypeOf<Promise<string>>();
expectTypeOf(number.then(undefined, () => "no" as const)).toEqualTypeOf<Promise<number | "no">>();
expectTypeOf(number.catch(() => null)).toEqualTypeOf<Promise<number | null>>();
expectTypeOf(number.finally(() => {})).toEqualTypeOf<Promise<number>>();
expectTypeOf(number.state).toEqualTypeOf<FutureState>();
expectTypeOf(number.cancel("why")).toEqualTypeOf<boolean>();
expectTypeOf(number.snapshot().result).toEqualTypeOf<number | undefined>();
expectTypeOf(Promise.all([number, text])).toEqualTypeOf<Promise<[number, string]>>();
number.onDone((done) => expectTypeOf(done).toEqualTypeOf<Future<number>>());

// a future of something is a future of something wider, and not the other way round
expectTypeOf<Future<number>>().toExtend<Future<unknown>>();
expectTypeOf<Future<number>>().toExtend<Future<number | string>>();
expectTypeOf<Future<number>>().not.toExtend<Future<string>>();
expectTypeOf<Future<unknown>>().not.toExtend<Future<number>>();
expectTypeOf<Future<number>>().toExtend<PromiseLike<number>>();
// a promise is not a future
expectTypeOf<Promise<number>>().not.toExtend<Future<number>>();

// @ts-expect-error executors make futures
export const made = new Future<number>({});
// @ts-expect-error a future is not its value
export const wrong: number = number;
// @ts-expect-error timeout is a number of ms
number.result({ timeout: "5s" });

// ---- the settling side can be taken apart ----
const { future, resolve, start } = Future.withResolvers<number>();
expectTypeOf(future).toEqualTypeOf<Future<number>>();
expectTypeOf(start()).toEqualTypeOf<boolean>();
resolve(1);
// @ts-expect-error another type
resolve("1");

// ---- waiting for several ----
export async function several(
  all: Future<number>[],
  mixed: Iterable<Future<number> | Future<string>>,
): Promise<void> {
  const same = await wait(all, { returnWhen: "FIRST_EXCEPTION", timeout: 5 });
  expectTypeOf(same.done).toEqualTypeOf<Set<Future<number>>>();
  expectTypeOf(same.notDone).toEqualTypeOf<Set<Future<number>>>();
  const different = await wait([number, text]);
  expectTypeOf(different.done).toEqualTypeOf<Set<Future<number> | Future<string>>>();
  for (const each of (await wait(mixed)).done) expectTypeOf(await each).toEqualTypeOf<number | string>();
  for await (const each of asCompleted(all)) expectTypeOf(each).toEqualTypeOf<Future<number>>();
  for await (const each of asCompleted([number, text], { timeout: 5 })) {
    expectTypeOf(each).toEqualTypeOf<Future<number> | Future<string>>();
    expectTypeOf(await each).toEqualTypeOf<number | string>();
  }
  expectTypeOf(asCompleted(all)).toExtend<AsyncIterable<Future<number>>>();
  await wait(same.notDone);
  // @ts-expect-error promises are not futures
  wait([Promise.resolve(1)]);
  // @ts-expect-error one future is no iterable
  wait(number);
  // @ts-expect-error no such condition
  wait(all, { returnWhen: "ANY" });
  // @ts-expect-error a misspelt option
  asCompleted(all, { timeOut: 5 });
}
