import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type Executor, type Future, SerializationError, type TaskOptions, withCaptures } from "ungil";
import {
  burn,
  change,
  echo,
  fail,
  failAtFirst,
  failLater,
  later,
  makeArray,
  makeError,
  makeMap,
  makeUncloneable,
  next,
  type Shelf,
  soon,
  sumBytes,
  throwValue,
} from "./tasks.js";

type Check = (error: unknown, value: unknown) => void;

/** A task before it is submitted, and what is right about its end. */
export interface Plan {
  readonly what: string;
  /** Runs of it until it has its result. */
  readonly runs: number;
  submit(executor: Executor, id: number): Future<unknown>;
  /** The same call, made here. */
  call(id: number): unknown;
  /** Given where the call made here says nothing about it. */
  readonly check?: Check;
}

type Fn<A extends unknown[]> = (id: number, ...args: A) => unknown;

/** @param args - makes the arguments: those of the run here are not those of the run there. */
function plan<A extends unknown[]>(
  fn: Fn<A>,
  args: () => [...A],
  more: { options?: (args: [...A]) => TaskOptions; runs?: number; check?: Check } = {},
): Plan {
  return {
    what: fn.name,
    runs: more.runs ?? 1,
    submit: (executor, id) => {
      const own = args();
      const view = more.options ? executor.with(more.options(own)) : executor;
      return view.submit(fn, id, ...own);
    },
    call: (id) => fn(id, ...structuredClone(args())),
    ...(more.check ? { check: more.check } : {}),
  };
}

const isUncloneable: Check = (error) => assert.ok(error instanceof SerializationError, String(error));

const bytesOf = (salt: number): Uint8Array =>
  Uint8Array.from({ length: 1 + (salt % 100) }, (_, i) => (i * salt) & 255);

/** Kinds of tasks by name, and how often each is wanted; `shelf` is the same object for many of them. */
const kinds: Record<string, [number, (salt: number, shelf: Shelf, value: unknown) => Plan]> = {
  next: [8, (salt) => plan(next, () => [salt])],
  string: [3, (salt) => plan(echo, () => [`text ${"é".repeat(salt % 40)}`])],
  echo: [4, (_salt, _shelf, value) => plan(echo, () => [value])],
  pair: [2, (_salt, shelf, value) => plan(echo, () => [{ shelf, again: shelf, value }])],
  change: [5, (_salt, shelf) => plan(change, () => [shelf])],
  burn: [4, (salt) => plan(burn, () => [20_000 + salt])],
  burnLong: [1, (salt) => plan(burn, () => [800_000 + salt])],
  soon: [3, (salt) => plan(soon, () => [salt])],
  later: [3, (salt, shelf) => plan(later, () => [salt % 2 ? salt : shelf])],
  fail: [2, (salt) => plan(fail, () => [`message ${salt}`])],
  failLater: [1, (salt) => plan(failLater, () => [`message ${salt}`])],
  throwValue: [1, (salt, shelf) => plan(throwValue, () => [salt % 2 ? salt : shelf])],
  makeError: [1, (salt) => plan(makeError, () => [`message ${salt}`])],
  makeMap: [1, (salt) => plan(makeMap, () => [salt % 20])],
  makeArray: [1, (salt) => plan(makeArray, () => [salt * 10])],
  makeUncloneable: [1, () => plan(makeUncloneable, () => [], { check: isUncloneable })],
  copied: [1, (salt) => plan(sumBytes, () => [bytesOf(salt)])],
  moved: [
    2,
    (salt) =>
      plan(sumBytes, () => [bytesOf(salt)], {
        options: ([bytes]) => ({ transfer: [bytes.buffer as ArrayBuffer] }),
      }),
  ],
  limited: [1, (salt) => plan(next, () => [salt], { options: () => ({ timeout: 1e8, deadline: 1e8 }) })],
  retried: [
    1,
    (salt) =>
      plan(failAtFirst, () => [salt % 3], {
        options: () => ({ retries: 3 }),
        runs: 1 + (salt % 3),
        check: (error, value) => assert.deepEqual([error, value], [undefined, 1 + (salt % 3)]),
      }),
  ],
  exhausted: [
    1,
    () =>
      plan(failAtFirst, () => [9], {
        options: () => ({ retries: 2 }),
        runs: 3,
        check: (error) => assert.match(String(error), /RangeError: run 3/),
      }),
  ],
  captured: [
    2,
    (salt, shelf) => ({
      what: "captured",
      runs: 1,
      submit: (executor, id) =>
        executor.submit(
          withCaptures({ salt, next, shelf }, (id: number) => [next(id, salt), shelf.count]),
          id,
        ),
      call: (id) => [next(id, salt), shelf.count],
    }),
  ],
};

/** What a task is made of. */
export interface Recipe {
  readonly kind: string;
  readonly salt: number;
  readonly value: unknown;
}

const values = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string({ unit: "binary" }),
  fc.constantFrom<unknown>(-0, Number.NaN, 2 ** 53, 2 ** 31, 2n ** 70n, "\ud800", "", undefined, null),
  fc.date({ noInvalidDate: true }),
  fc.anything({ withBigInt: true, withMap: true, withSet: true, withTypedArray: true, maxDepth: 3 }),
);

/** Any task; with the names of kinds: one of these. */
export function recipes(names: readonly string[] = Object.keys(kinds)): fc.Arbitrary<Recipe> {
  const kind = fc.oneof(...names.map((name) => ({ weight: kinds[name]![0], arbitrary: fc.constant(name) })));
  return fc.record({ kind, salt: fc.nat(1_000), value: values });
}

export function planOf({ kind, salt, value }: Recipe, shelf: Shelf): Plan {
  return { ...kinds[kind]![1](salt, shelf, value), what: `${kind} ${salt}` };
}

/** An object that many tasks are given at once. */
export function makeShelf(): Shelf {
  return { count: 0, list: [1, 2, 3], map: new Map([[0, "first"]]), inner: { count: 0 } };
}

type End = { readonly value: unknown } | { readonly error: unknown };

/** Compares the end of a task with that of the same call made here. */
export function checkEnd(expected: End, end: End, plan: Plan): void {
  const error = "error" in end ? end.error : undefined;
  const value = "value" in end ? end.value : undefined;
  if (plan.check) plan.check(error, value);
  else if ("error" in expected) checkSame(error, expected.error);
  else {
    assert.equal(error, undefined);
    checkSame(value, expected.value);
  }
}

function checkSame(actual: unknown, expected: unknown): void {
  if (!(expected instanceof Error)) return assert.deepStrictEqual(actual, expected);
  assert.ok(actual instanceof Error, `should be ${String(expected)}: ${String(actual)}`);
  assert.deepEqual(
    [actual.constructor, actual.name, actual.message],
    [expected.constructor, expected.name, expected.message],
  );
}

/** How a call ends that is made here. */
export async function endHere(call: () => unknown): Promise<End> {
  try {
    return { value: await call() };
  } catch (error) {
    return { error };
  }
}

export async function endOf(future: Future<unknown>): Promise<End> {
  return await endHere(() => future);
}
