import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import {
  BrokenProcessPoolError,
  CancelledError,
  CaptureError,
  InvalidArgumentError,
  InvalidStateError,
  SerializationError,
  ShutdownError,
  TimeoutError,
} from "ungil";
import { type AsyncResult, Pool, type PoolOptions, ProcessPoolExecutor } from "ungil/multiprocessing";
import { addToCell, loadCell, until } from "ungil/testing";
import { rejection, rejectionOf } from "../threading/support/rejection.js";
import { cellsOf, gateOf } from "./support/gates.js";
import {
  add,
  block,
  blockFirst,
  countExit,
  fail,
  failIfOdd,
  identity,
  pid,
  pidAtGate,
  square,
} from "./support/tasks.js";

const limit = { timeout: 60_000 };
const withGc = { ...limit, skip: globalThis.gc ? false : "needs node --expose-gc" };

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const squares = (n: number): number[] => range(n).map(square);

async function* asyncOf<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

class SayWhenError extends Error {}

/** Counts, and throws instead of giving the number `when`. */
function* throwingAt(when: number, total: number): Generator<number> {
  for (let i = 0; i < total; i++) {
    if (i === when) throw new SayWhenError("Somebody said when");
    yield i;
  }
}

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** What a loop gets before it ends with an error, and the error. */
async function untilError<T>(items: AsyncIterable<T>): Promise<{ got: T[]; error: unknown }> {
  const got: T[] = [];
  const error = await rejection(
    (async () => {
      for await (const item of items) got.push(item);
    })(),
  );
  return { got, error };
}

/** Process warnings from now on, until the test ends. */
function warningsOf(t: { after(fn: () => void): void }): Error[] {
  const warnings: Error[] = [];
  const listener = (warning: Error): void => void warnings.push(warning);
  process.on("warning", listener);
  t.after(() => process.off("warning", listener));
  return warnings;
}

/** What a text says so many times. */
const times = (text: string, part: string): number => text.split(part).length - 1;

// ---- I1 ----

test("I1: a pool of fewer than one process is refused, and the error says so", () => {
  for (const processes of [0, -1, 0.5, Number.NaN, "2" as never]) {
    for (const make of [() => new Pool(processes), () => new Pool({ processes })]) {
      assert.throws(make, (error: unknown) => {
        assert.ok(error instanceof InvalidArgumentError);
        assert.equal(error.argument, "processes");
        assert.match(error.message, /processes must be a whole number of at least 1/);
        return true;
      });
    }
  }
});

test("I1: options that can't be are refused by the name that the user wrote", () => {
  const bad: [RegExp, PoolOptions][] = [
    [/^maxWorkers must be .*new Pool\(\{ processes \}\)/, { maxWorkers: 2 } as never],
    [/^maxTasksPerWorker must be .*maxTasksPerChild/, { maxTasksPerWorker: 2 } as never],
    [/^maxtasksperchild must be .*maxTasksPerChild/, { maxtasksperchild: 2 } as never],
    [/did you mean processes/, { proceses: 2 } as never],
    [/^cwd must be/, { cwd: "" }],
    [/^initializer must be|not a function|initializer/, { initializer: 5 as never }],
  ];
  for (const [message, options] of bad)
    assert.throws(() => new Pool(options), { name: "InvalidArgumentError", message });
  assert.throws(() => new Pool(2, { processes: 2 } as never), /options\.processes must be left out/);
  assert.throws(() => new Pool({ processes: 2 } as never, {}), /options must be left out/);
});

test(
  "I1: as many processes as were asked for work at once, by either form of the constructor",
  limit,
  async (t) => {
    for (const make of [() => new Pool(2, { idleTimeout: 5_000 }), () => new Pool({ processes: 2 })]) {
      await using pool = make();
      assert.ok(pool.executor instanceof ProcessPoolExecutor);
      assert.match(pool.name, /^Pool-\d+$/);
      const gate = gateOf(t);
      const pids = pool.mapAsync(pidAtGate, [gate.cells, gate.cells, gate.cells], { chunksize: 1 });
      await gate.arrived(2);
      gate.open();
      assert.equal(new Set(await pids).size, 2);
      assert.ok(!(await pids).includes(process.pid));
    }
  },
);

test("I1: the initializer runs once in each process, and a failing one breaks the pool", limit, async () => {
  const set = (value: string, factor: number): void =>
    void Object.assign(globalThis, { set: value.repeat(factor) });
  await using pool = new Pool({ processes: 1, initializer: set, initargs: ["ab", 2] });
  assert.equal(await pool.apply(() => (globalThis as { set?: string }).set), "abab");
  await using broken = new Pool({ processes: 1, initializer: fail, initargs: ["no start"] });
  const error = await rejectionOf(broken.map(square, [1]), BrokenProcessPoolError);
  assert.match(String(error.cause), /no start/);
});

// ---- I2 ----

test(
  "I2: apply, map, starmap, imap and imapUnordered, and their async forms, give the results",
  limit,
  async () => {
    await using pool = new Pool(2);
    assert.equal(await pool.apply(add, [1, 2]), 3);
    assert.notEqual(await pool.apply(pid), process.pid);
    assert.equal(await pool.applyAsync(add, [1, 2]), 3);
    assert.equal(await pool.applyAsync(async (a: number) => a + 1, [1]).get(), 2);
    const factor = 3;
    for (const chunksize of [undefined, "auto", 1, 7] as const) {
      const options = { chunksize };
      assert.deepEqual(await pool.map(square, range(20), options), squares(20));
      assert.deepEqual(await pool.map((n) => n * factor, new Set([1, 2]), options), [3, 6]);
      assert.deepEqual(await pool.mapAsync(square, range(20).values(), options).get(), squares(20));
      assert.deepEqual(await pool.mapAsync(square, asyncOf(range(20)), options), squares(20));
      const pairs = range(20).map((n): [number, number] => [n, 1]);
      assert.deepEqual(await pool.starmap(add, pairs, options), range(21).slice(1));
      assert.deepEqual(await pool.starmapAsync(add, asyncOf(pairs), options).get(), range(21).slice(1));
      assert.deepEqual(await allOf(pool.imap(square, range(20), options)), squares(20));
      assert.deepEqual(await allOf(pool.imap(square, asyncOf(range(20)), options)), squares(20));
      const unordered = await allOf(pool.imapUnordered(square, range(20).values(), options));
      assert.deepEqual(
        unordered.toSorted((a, b) => a - b),
        squares(20),
      );
    }
  },
);

test("I2: functions get the item alone, or the arguments, and no index", limit, async () => {
  for (const options of [{ processes: 1 }, { processes: 1, maxTasksPerChild: 100_000 }]) {
    await using pool = new Pool(options);
    const count = (...args: unknown[]): number => args.length;
    assert.deepEqual(await pool.map(parseInt, ["10", "11", "12"]), [10, 11, 12]);
    assert.deepEqual(await pool.map(count, ["a", {}, [1, 2], new Map()]), [1, 1, 1, 1]);
    assert.deepEqual(await pool.map(count, range(5_000)), range(5_000).fill(1));
    assert.deepEqual(await pool.starmap(count, [[], [1], ["a", {}, new Map()]]), [0, 1, 3]);
    assert.deepEqual(await allOf(pool.imap(count, [[1, 2], 3])), [1, 1]);
    assert.deepEqual(await pool.executor.map(count, [1, 2]), [2, 2]);
  }
});

test("I2: exactly one of callback and errorCallback is called, once", limit, async () => {
  const unobserved: unknown[] = [];
  await using pool = new Pool({ processes: 2, onUnobserved: (failure) => unobserved.push(failure) });
  const calls: unknown[] = [];
  const callbacks = {
    callback: (result: unknown) => void calls.push(["callback", result]),
    errorCallback: (error: unknown) => void calls.push(["errorCallback", String(error)]),
  };
  const results: [AsyncResult<unknown>, unknown][] = [
    [pool.applyAsync(add, [1, 2], callbacks), ["callback", 3]],
    [pool.applyAsync(fail, ["no"], callbacks), ["errorCallback", "RangeError: no"]],
    [pool.mapAsync(square, [1, 2], callbacks), ["callback", [1, 4]]],
    [pool.mapAsync(failIfOdd, range(6), callbacks), ["errorCallback", "RangeError: odd: 1"]],
    [pool.mapAsync(square, [], callbacks), ["callback", []]],
    [pool.mapAsync(square, throwingAt(1, 3), callbacks), ["errorCallback", "Error: Somebody said when"]],
    [pool.starmapAsync(add, [[1, 2]], callbacks), ["callback", [3]]],
    [pool.starmapAsync(fail, [["no"], ["nor"]], callbacks), ["errorCallback", "RangeError: no"]],
    [pool.applyAsync(identity, [Symbol("s")], callbacks), ["errorCallback", /^SerializationError/]],
  ];
  for (const [result] of results) await until(() => result.ready(), "the result is ready");
  assert.equal(calls.length, results.length);
  for (const [, expected] of results) {
    const [name, value] = expected as [string, unknown];
    const at = calls.findIndex((call) => {
      const [called, given] = call as [string, unknown];
      if (called !== name) return false;
      return value instanceof RegExp
        ? value.test(String(given))
        : JSON.stringify(given) === JSON.stringify(value);
    });
    assert.ok(at >= 0, `${name} with ${String(value)}`);
    calls.splice(at, 1);
  }
  pool.close();
  await pool.join();
  // a failure that an errorCallback was told of counts as seen
  assert.deepEqual(unobserved, []);
});

test(
  "I2: a callback runs in the context of its registration, and one that throws becomes a warning",
  limit,
  async (t) => {
    const warnings = warningsOf(t);
    await using pool = new Pool(1);
    const store = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const callback = (): void => {
      seen.push(store.getStore());
      throw new Error("of the callback");
    };
    const results: AsyncResult<unknown>[] = [];
    store.run("here", () => {
      results.push(pool.applyAsync(add, [1, 2], { callback }));
      results.push(pool.mapAsync(square, asyncOf([1]), { callback }));
      results.push(pool.applyAsync(fail, ["no"], { errorCallback: callback }));
    });
    assert.equal(await results[0], 3);
    assert.deepEqual(await results[1], [1]);
    await rejectionOf(results[2]!, RangeError);
    await until(() => warnings.length === 3, "all warnings came");
    assert.deepEqual(seen, ["here", "here", "here"]);
    for (const warning of warnings) assert.match(warning.message, /a callback of .* threw/);
  },
);

test("I2: failures that nobody looks at are reported, once, of single tasks and of maps", limit, async () => {
  const reported: unknown[] = [];
  {
    await using pool = new Pool({ processes: 1, onUnobserved: ({ error }) => reported.push(String(error)) });
    const looked = pool.mapAsync(failIfOdd, [3]);
    const results = [looked, pool.mapAsync(failIfOdd, [1]), pool.applyAsync(fail, ["no"])];
    for (const result of results) await until(() => result.ready(), "the result is ready");
    assert.equal(looked.successful(), false);
    pool.close();
    await pool.join();
  }
  assert.deepEqual(
    reported.map(String).toSorted((a, b) => a.localeCompare(b)),
    ["RangeError: no", "RangeError: odd: 1"],
  );
});

test(
  "I2: callbacks, arguments and options of the wrong kind are refused before anything runs",
  limit,
  async () => {
    await using pool = new Pool(1);
    const refused: (() => unknown)[] = [
      () => pool.applyAsync(add, [1, 2], { callback: 5 as never }),
      () => pool.applyAsync(add, [1, 2], { errorCallback: {} as never }),
      () => pool.applyAsync(add, [1, 2], { error_callback: () => {} } as never),
      () => pool.applyAsync(add, 5 as never),
      () => pool.applyAsync(5 as never),
      () => pool.mapAsync(5 as never, []),
      () => pool.mapAsync(square, 5 as never),
      () => pool.mapAsync(square, [1], { chunksize: 0 }),
      () => pool.mapAsync(square, [1], { chunksize: "all" as never }),
      () => pool.imap(square, 5 as never),
      () => pool.imap(square, 5 as never, { chunksize: 3 }),
      () => pool.imap(square, [1], { chunksize: 1.5 }),
      () => pool.imap(square, [1], { buffersize: 0 }),
      () => pool.imap(square, [1], { timeout: 5 } as never),
    ];
    for (const call of refused) assert.throws(call, InvalidArgumentError, String(call));
    await rejectionOf(pool.map(square, [1], { callback: () => {} } as never), InvalidArgumentError);
    await rejectionOf(pool.apply(5 as never), InvalidArgumentError);
    await rejectionOf(pool.imap(square, []).next(5 as never), InvalidArgumentError);
    await rejectionOf(pool.applyAsync(add, [1, 2]).get(5 as never), InvalidArgumentError);
    const notLists = await rejectionOf(pool.starmap(add, [[1, 2], 3 as never]), InvalidArgumentError);
    assert.equal(notLists.argument, "items[1]");
    const port = new MessageChannel().port1;
    assert.throws(() => pool.mapAsync((n: number) => [n, port], [1]), CaptureError);
    port.close();
    assert.equal(await pool.apply(add, [1, 2]), 3);
  },
);

// ---- I3 ----

test("I3: get ends with a TimeoutError, and the result is still got later", limit, async (t) => {
  await using pool = new Pool(1);
  const gate = gateOf(t);
  for (const result of [pool.applyAsync(block, [gate.cells, 1]), pool.mapAsync((n: number) => n, [1, 2])]) {
    assert.equal(result.ready(), false);
    assert.throws(() => result.successful(), InvalidStateError);
    await rejectionOf(result.get({ timeout: 0 }), TimeoutError);
    await rejectionOf(result.get({ timeout: 5 }), TimeoutError);
    assert.equal(await result.wait({ timeout: 0 }), false);
    assert.equal(await result.wait({ timeout: 5 }), false);
    const { signal } = new AbortController();
    assert.equal(await result.wait({ timeout: 5, signal }), false);
    await rejectionOf(result.get({ signal: AbortSignal.abort("enough") }), CancelledError);
    await rejectionOf(result.wait({ signal: AbortSignal.abort("enough") }), CancelledError);
  }
  const result = pool.applyAsync(block, [gate.cells, 2]);
  gate.open();
  assert.equal(await result.wait(), true);
  assert.equal(result.ready(), true);
  assert.equal(result.successful(), true);
  assert.equal(await result.get({ timeout: 0 }), 2);
  assert.equal(await result, 2);
  assert.match(String(result), /^<AsyncResult block state=finished returned/);
});

test(
  "I3: a failure is waited for without being thrown, then told by successful and thrown by get",
  limit,
  async () => {
    await using pool = new Pool(1);
    const late = new TimeoutError("of the task");
    for (const result of [
      pool.applyAsync(fail, ["no"]),
      pool.mapAsync(failIfOdd, [0, 1]),
      pool.applyAsync(
        (error: Error) => {
          throw error;
        },
        [late],
      ),
    ]) {
      assert.equal(await result.wait(), true);
      assert.equal(result.ready(), true);
      assert.equal(result.successful(), false);
      await rejectionOf(result.get(), Error);
      await rejectionOf(result, Error);
    }
  },
);

// ---- I4 ----

test("I4: nothing in gives nothing out, for all of them and every kind of input", limit, async () => {
  await using pool = new Pool(1);
  const inputs = [
    (): Iterable<never> => [],
    () => new Set<never>(),
    () => throwingAt(0, 0),
    () => asyncOf<never>([]),
  ];
  for (const chunksize of [undefined, 1, 100]) {
    for (const input of inputs as (() => Iterable<never>)[]) {
      assert.deepEqual(await pool.map(square, input(), { chunksize }), []);
      assert.deepEqual(await pool.mapAsync(square, input(), { chunksize }).get(), []);
      assert.deepEqual(await pool.starmap(add, input(), { chunksize }), []);
      assert.deepEqual(await pool.starmapAsync(add, input(), { chunksize }).get(), []);
      assert.deepEqual(await allOf(pool.imap(square, input(), { chunksize })), []);
      assert.deepEqual(await allOf(pool.imapUnordered(square, input(), { chunksize })), []);
    }
  }
  assert.equal(pool.executor.stats().submitted, 0);
});

test("I4: a chunksize beyond the length is fine", limit, async () => {
  await using pool = new Pool(1);
  assert.deepEqual(await pool.map(square, range(5), { chunksize: 100 }), squares(5));
  assert.deepEqual(await allOf(pool.imap(square, range(5).values(), { chunksize: 100 })), squares(5));
});

// ---- I5 ----

test(
  "I5: map fails with what its input threw, unwrapped, runs nothing, and the pool is as before",
  limit,
  async () => {
    await using pool = new Pool(1);
    for (const when of [0, 3, 9]) {
      for (const input of [() => throwingAt(when, 10), () => asyncOf(throwingAt(when, 10))]) {
        const { submitted } = pool.executor.stats();
        assert.equal((await rejectionOf(pool.map(square, input()), SayWhenError)).cause, undefined);
        await rejectionOf(pool.mapAsync(square, input(), { chunksize: 2 }), SayWhenError);
        const lists = async function* (): AsyncGenerator<[number, number]> {
          for await (const n of input()) yield [n, n];
        };
        await rejectionOf(pool.starmap(add, lists()), SayWhenError);
        assert.equal(pool.executor.stats().submitted, submitted);
      }
    }
    assert.deepEqual(await pool.map(square, range(3)), squares(3));
  },
);

test(
  "I5: imap gives all that is before the failure of its input, then throws, and is at its end",
  limit,
  async () => {
    await using pool = new Pool(2);
    for (const chunksize of [undefined, 1] as const) {
      for (const when of [0, 1, 3, 9]) {
        for (const input of [() => throwingAt(when, 10), () => asyncOf(throwingAt(when, 10))]) {
          const results = pool.imap(square, input(), { chunksize });
          for (let i = 0; i < when; i++)
            assert.deepEqual(await results.next(), { done: false, value: i * i });
          await rejectionOf(results.next(), SayWhenError);
          assert.deepEqual(await results.next(), { done: true, value: undefined });
          const unordered = await untilError(pool.imapUnordered(square, input(), { chunksize }));
          assert.deepEqual(
            unordered.got.toSorted((a, b) => a - b),
            squares(when),
          );
          assert.ok(unordered.error instanceof SayWhenError);
        }
      }
    }
    assert.deepEqual(await pool.map(square, range(3)), squares(3));
  },
);

test("I5: with a chunksize imap gives the results of complete chunks before the failure", limit, async () => {
  await using pool = new Pool(2);
  for (const [chunksize, complete] of [
    [2, 6],
    [4, 4],
  ] as const) {
    for (const input of [() => throwingAt(7, 20), () => asyncOf(throwingAt(7, 20))]) {
      const { got, error } = await untilError(pool.imap(square, input(), { chunksize }));
      assert.deepEqual(got, squares(complete));
      assert.ok(error instanceof SayWhenError);
      const unordered = await untilError(pool.imapUnordered(square, input(), { chunksize }));
      assert.equal(unordered.got.length, complete);
      assert.ok(unordered.error instanceof SayWhenError);
    }
  }
});

// ---- I6 ----

test(
  "I6: map waits for all items before it fails, with the first failure in their order",
  limit,
  async (t) => {
    await using pool = new Pool(2);
    for (const blocked of [0, 3]) {
      const gate = gateOf(t);
      const result = pool.mapAsync(
        ([n, cells, last]: readonly [number, typeof gate.cells, number]) => {
          if (n === last) block(cells, n);
          throw new RangeError(`item ${n}`);
        },
        range(4).map((n) => [n, gate.cells, blocked] as const),
        { chunksize: 1 },
      );
      await gate.arrived(1);
      await until(() => {
        const { running, queued } = pool.executor.stats();
        return running === 1 && queued === 0;
      }, "the others failed");
      assert.equal(await result.wait({ timeout: 5 }), false);
      gate.open();
      assert.equal((await rejectionOf(result, RangeError)).message, "item 0");
    }
  },
);

test("I6: an item that takes long keeps no process from what is behind it", limit, async (t) => {
  await using pool = new Pool({ processes: 2, maxTasksPerChild: 1_000_000 });
  const gate = gateOf(t);
  const result = pool.mapAsync(
    blockFirst,
    range(1_000).map((n) => [n, gate.cells] as const),
    { chunksize: 1 },
  );
  await until(() => pool.executor.stats().completed === 999, "all others are done");
  gate.open();
  assert.deepEqual(await result, range(1_000));
});

test("I6: all items are run, those behind a failure too", limit, async (t) => {
  const cells = cellsOf(t);
  for (const chunksize of ["auto", 1, 5] as const) {
    await using pool = new Pool(2);
    const before = loadCell(cells, 1);
    const count = (n: number): void => {
      addToCell(cells, 1, 1);
      failIfOdd(n);
    };
    const error = await rejectionOf(pool.map(count, range(20), { chunksize }), RangeError);
    assert.equal(error.message, "odd: 1");
    assert.equal(loadCell(cells, 1) - before, 20);
  }
});

// ---- I7 ----

test("I7: an argument that can't be sent fails its result, and nothing hangs", limit, async () => {
  await using pool = new Pool(1);
  const bad = Symbol("s");
  const first = await rejectionOf(pool.apply(identity, [bad]), SerializationError);
  assert.match(first.message, /symbol/);
  await rejectionOf(pool.map(identity, [1, { bad }, 3]), SerializationError);
  await rejectionOf(pool.starmap(identity<unknown>, [[1], [bad]]), SerializationError);
  const results = pool.imap(identity, [1, bad, 3] as unknown[]);
  assert.deepEqual(await results.next(), { done: false, value: 1 });
  await rejectionOf(results.next(), SerializationError);
  assert.deepEqual(await results.next(), { done: false, value: 3 });
  assert.equal(await pool.apply(add, [1, 2]), 3);
});

test("I7: a result that can't be sent fails, twenty in a row, and the process lives", limit, async () => {
  await using pool = new Pool(1);
  const bad = (): unknown => [() => {}];
  const before = await pool.apply(pid);
  for (let i = 0; i < 20; i++) {
    assert.match((await rejectionOf(pool.apply(bad), SerializationError)).message, /result/);
    await rejectionOf(pool.map(bad, [1, 2]), SerializationError);
    await rejectionOf(pool.imap(bad, [1]).next(), SerializationError);
  }
  assert.equal(await pool.apply(pid), before);
  assert.equal(pool.executor.stats().workers.started, 1);
});

// ---- I8 ----

test("I8: a bad maxTasksPerChild is refused by its name", () => {
  for (const maxTasksPerChild of [0, -1, 0.5, "12" as never]) {
    assert.throws(
      () => new Pool({ processes: 1, maxTasksPerChild }),
      (error: unknown) => error instanceof InvalidArgumentError && error.argument === "maxTasksPerChild",
    );
  }
});

test(
  "I8: a process is replaced after so many tasks, and not used again; items of maps are tasks",
  limit,
  async (t) => {
    const exits = cellsOf(t, 3);
    const pool = new Pool({ processes: 1, maxTasksPerChild: 2, initializer: countExit, initargs: [exits] });
    const pids = [
      ...(await pool.map(pid, range(4), { chunksize: 4 })),
      await pool.apply(pid),
      await pool.apply(pid),
    ];
    assert.equal(new Set(pids).size, 3);
    for (let i = 0; i < 6; i += 2) assert.equal(pids[i], pids[i + 1]);
    pool.close();
    await pool.join();
    // handlers of `exit` run in processes that are replaced, and in the last one
    assert.equal(loadCell(exits, 2), 3);
  },
);

test(
  "I8: a pool that is closed early does all it was given, through as many processes as that takes",
  limit,
  async () => {
    const pool = new Pool({ processes: 2, maxTasksPerChild: 1 });
    const results = range(6).map((n) => pool.applyAsync(square, [n]));
    const mapped = pool.mapAsync(square, range(4));
    pool.close();
    await pool.join();
    assert.ok([...results, mapped].every((result) => result.ready()));
    assert.deepEqual(await Promise.all(results), squares(6));
    assert.deepEqual(await mapped, squares(4));
    assert.equal(pool.executor.stats().workers.started, 10);
  },
);

// ---- I9 ----

test("I9: leaving the scope terminates, and nothing can be given to the pool any more", limit, async (t) => {
  const gate = gateOf(t);
  let result: AsyncResult<number[]>;
  let pool: Pool;
  {
    await using scoped = new Pool(1);
    pool = scoped;
    result = pool.mapAsync(blockFirst, [[0, gate.cells]]);
    await gate.arrived(1);
  }
  assert.match((await rejectionOf(result, CancelledError)).message, /Pool-\d+ was terminated/);
  assert.equal(pool.executor.stats().state, "shut-down");
  for (const call of [
    () => pool.applyAsync(add, [1, 2]),
    () => pool.mapAsync(square, [1]),
    () => pool.mapAsync(square, []),
    () => pool.starmapAsync(add, []),
    () => pool.imap(square, []),
    () => pool.imapUnordered(square, [1]),
  ]) {
    assert.throws(
      call,
      (error: unknown) => error instanceof ShutdownError && /terminated/.test(error.message),
    );
  }
  for (const call of [() => pool.apply(pid), () => pool.map(square, [1]), () => pool.starmap(add, [])])
    await rejectionOf(call(), ShutdownError);
  await pool[Symbol.asyncDispose]();
  await pool.terminate();
  pool.close();
  await pool.join();
});

test("I9: join before close or terminate is an InvalidStateError", limit, async () => {
  await using pool = new Pool(1);
  await rejectionOf(pool.join(), InvalidStateError);
  await pool.apply(pid);
  await rejectionOf(pool.join({ timeout: 5 }), InvalidStateError);
  pool.close();
  await pool.join();
  await pool.join({ timeout: 0 });
  await rejectionOf(pool.apply(pid), ShutdownError);
});

test("I9: join waits for the work and for the processes, at most so long", limit, async (t) => {
  await using pool = new Pool(1);
  const gate = gateOf(t);
  const result = pool.applyAsync(pidAtGate, [gate.cells]);
  await gate.arrived(1);
  pool.close();
  pool.close();
  await rejectionOf(pool.join({ timeout: 5 }), TimeoutError);
  await rejectionOf(pool.join({ signal: AbortSignal.abort() }), CancelledError);
  await rejectionOf(pool.join({ timeout: Number.NaN }), InvalidArgumentError);
  gate.open();
  await pool.join();
  const worker = await result;
  assert.throws(() => process.kill(worker, 0), { code: "ESRCH" });
});

test(
  "I9: closed, then joined, then iterated: imap has been worked off, beyond its buffer",
  limit,
  async () => {
    const pool = new Pool(2);
    const ordered = pool.imap(square, range(2_000).values(), { buffersize: 10 });
    const unordered = pool.imapUnordered(square, asyncOf(range(500)), { buffersize: 10, chunksize: 7 });
    const failing = pool.imap(failIfOdd, [0, 1, 2]);
    pool.close();
    await pool.join();
    assert.deepEqual(await allOf(ordered), squares(2_000));
    assert.equal((await allOf(unordered)).length, 500);
    assert.deepEqual(await failing.next(), { done: false, value: 0 });
    await rejectionOf(failing.next(), RangeError);
    assert.deepEqual(await failing.next(), { done: false, value: 2 });
  },
);

test(
  "I9: a map whose async input is still being read when the pool closes is done, and ended by terminate",
  limit,
  async () => {
    let give!: (n: number) => void;
    const input = async function* (): AsyncGenerator<number> {
      yield 1;
      yield await new Promise<number>((resolve) => {
        give = resolve;
      });
    };
    const closed = new Pool(1);
    const result = closed.mapAsync(square, input());
    await until(() => give !== undefined, "the input is being read");
    closed.close();
    give(3);
    await closed.join();
    assert.deepEqual(await result, [1, 9]);

    const terminated = new Pool(1);
    const other = terminated.mapAsync(square, input());
    terminated.close();
    await terminated.terminate();
    await rejectionOf(other, CancelledError);
    await terminated.join();
  },
);

test(
  "I9: a pool that is dropped open is told of by a ResourceWarning; one that was closed is not",
  withGc,
  async (t) => {
    const warnings = warningsOf(t);
    const drop = async (name: string, end: (pool: Pool) => unknown): Promise<void> => {
      const pool = new Pool({ processes: 1, name });
      assert.equal(await pool.apply(add, [1, 2]), 3);
      await end(pool);
    };
    await drop("closed", async (pool) => {
      pool.close();
      await pool.join();
    });
    await drop("terminated", (pool) => pool.terminate());
    await drop("open", () => undefined);
    await until(() => {
      globalThis.gc?.();
      return warnings.some(({ name }) => name === "ResourceWarning");
    }, "the warning came");
    assert.deepEqual(
      warnings.map(({ name, message }) => [name, message.split(" ")[0]]),
      [["ResourceWarning", "open"]],
    );
  },
);

// ---- I10 ----

test("I10: terminate with 10,000 in the queue is quick, and all of them settle", limit, async (t) => {
  for (const maxTasksPerChild of [undefined, 1_000_000]) {
    const pool = new Pool({ processes: 2, maxTasksPerChild, onUnobserved: () => {} });
    const gate = gateOf(t);
    const running = pool.applyAsync(block, [gate.cells, 1]);
    await gate.arrived(1);
    const mapped = pool.mapAsync(
      blockFirst,
      range(10_000).map((n) => [n % 2, gate.cells] as const),
      { chunksize: 1 },
    );
    const single = range(10_000).map(() => pool.applyAsync(block, [gate.cells, 2]));
    const streamed = pool.imap(
      blockFirst,
      range(10_000).map(() => [0, gate.cells] as const),
    );
    await gate.arrived(2);
    const start = performance.now();
    await pool.terminate();
    const took = performance.now() - start;
    assert.ok(took < 2_000, `took ${took} ms`);
    await rejectionOf(running, Error);
    await rejectionOf(mapped, CancelledError);
    for (const result of single) await rejectionOf(result, CancelledError);
    await rejectionOf(streamed.next(), CancelledError);
    assert.deepEqual(await streamed.next(), { done: true, value: undefined });
    await pool.join();
  }
});

test("I10: what was given to finished tasks is kept by nobody", withGc, async () => {
  await using pool = new Pool(1);
  const bulk = (): { bytes: Uint8Array } => ({ bytes: new Uint8Array(10_000) });
  const use = async (
    work: (items: { bytes: Uint8Array }[]) => Promise<unknown>,
  ): Promise<WeakRef<object>[]> => {
    const items = range(10).map(bulk);
    await work(items);
    return items.map((item) => new WeakRef(item));
  };
  const references = [
    await use((items) => pool.map(identity, items)),
    await use((items) =>
      pool.starmap(
        identity,
        items.map((item): [object] => [item]),
      ),
    ),
    await use((items) => allOf(pool.imap(identity, items))),
    await use((items) => allOf(pool.imapUnordered(identity, items))),
    await use((items) => Promise.all(items.map((item) => pool.apply(identity, [item])))),
    await use((items) => rejection(pool.map(() => fail("no"), items))),
  ].flat();
  await until(() => {
    globalThis.gc?.();
    return references.every((reference) => reference.deref() === undefined);
  }, "all items are collected");
  assert.equal(await pool.apply(add, [1, 2]), 3);
});

test(
  "I10: an error has its cause once and says once where it was submitted, through nested pools too",
  limit,
  async () => {
    await using pool = new Pool(1);
    const errors = [
      await rejectionOf(pool.apply(fail, ["no"]), RangeError),
      await rejectionOf(pool.map(fail, ["no", "nor"]), RangeError),
      await rejectionOf(pool.starmap(fail, [["no"]]), RangeError),
      await rejectionOf(pool.imap(fail, ["no"]).next(), RangeError),
    ];
    for (const error of errors) {
      assert.equal(error.message, "no");
      assert.ok(error.cause instanceof TypeError);
      assert.equal(error.cause.message, "inner");
      assert.equal(error.cause.cause, undefined);
      const stack = error.stack ?? "";
      assert.match(stack, /support\/tasks\.[\s\S]*submitted to[\s\S]*pool\.test/);
      assert.equal(times(stack, "submitted to"), 1, stack);
    }
    const rethrown = await rejectionOf(
      pool.apply(async () => {
        await using inner = new Pool(1);
        return await inner.apply(fail, ["no"]);
      }),
      RangeError,
    );
    assert.equal((rethrown.cause as Error).message, "inner");
    assert.equal((rethrown.cause as Error).cause, undefined);
  },
);

// ---- imap ----

test("imap: next waits at most so long, and the result is that of a later call", limit, async (t) => {
  await using pool = new Pool(1);
  const gate = gateOf(t);
  const results = pool.imap(
    blockFirst,
    range(3).map((n) => [n, gate.cells] as const),
    { chunksize: 1 },
  );
  await gate.arrived(1);
  await rejectionOf(results.next({ timeout: 0 }), TimeoutError);
  const impatient = results.next({ timeout: 5 });
  const patient = results.next();
  await rejectionOf(impatient, TimeoutError);
  await rejectionOf(results.next({ signal: AbortSignal.abort() }), CancelledError);
  const last = [results.next(), results.next(), results.next({ timeout: 30_000 })];
  gate.open();
  assert.deepEqual(await patient, { done: false, value: 0 });
  assert.deepEqual(
    (await Promise.all(last)).map(({ value }) => value),
    [1, 2, undefined],
  );
});

test(
  "imap: results come in the order of the items, those of imapUnordered as they are done",
  limit,
  async (t) => {
    await using pool = new Pool(2);
    const gate = gateOf(t);
    const items = range(4).map((n) => [n, gate.cells] as const);
    const unordered = pool.imapUnordered(blockFirst, items, { chunksize: 1 });
    const early = [await unordered.next(), await unordered.next(), await unordered.next()];
    assert.deepEqual(
      early.map(({ value }) => Number(value)).toSorted((a, b) => a - b),
      [1, 2, 3],
    );
    const ordered = pool.imap(blockFirst, items, { chunksize: 1 });
    await rejectionOf(ordered.next({ timeout: 5 }), TimeoutError);
    gate.open();
    assert.deepEqual(await unordered.next(), { done: false, value: 0 });
    assert.deepEqual(await allOf(ordered), [0, 1, 2, 3]);
  },
);

test("imap: a failure is thrown at its place, and the next step is the next item", limit, async () => {
  await using pool = new Pool(1);
  const results = pool.imap(failIfOdd, range(4));
  assert.deepEqual(await results.next(), { done: false, value: 0 });
  assert.equal((await rejectionOf(results.next(), RangeError)).message, "odd: 1");
  assert.deepEqual(await results.next(), { done: false, value: 2 });
  assert.equal((await rejectionOf(results.next(), RangeError)).message, "odd: 3");
  assert.equal((await results.next()).done, true);
  assert.equal((await results.next()).done, true);
});

test(
  "imap: an infinite input is read as far as its results are taken, and closed when the loop is left",
  limit,
  async () => {
    await using pool = new Pool(1);
    let read = 0;
    let closed = 0;
    function* endless(): Generator<number> {
      try {
        for (;;) yield read++;
      } finally {
        closed += 1;
      }
    }
    for (const chunksize of [1, 3]) {
      read = 0;
      const results = pool.imap(square, endless(), { buffersize: 9, chunksize });
      for await (const value of results) if (value > 1_000) break;
      assert.ok(read <= 32 + 9 + 2 * chunksize, `read ${read}`);
      assert.equal((await results.next()).done, true);
    }
    assert.equal(closed, 2);
    pool.close();
    await pool.join();
  },
);

// ---- beside Python ----

test("a Pool can't be sent, and the error says what can", limit, async () => {
  await using pool = new Pool(1);
  const error = await rejectionOf(
    pool.apply(async () => await pool.apply(pid)),
    SerializationError,
  ).catch((other: unknown) => other as Error);
  assert.match(error.message, /Pool-\d+ can't be sent.*pool\.executor/);
  const { executor } = pool;
  assert.equal(await pool.apply(async () => await executor.submit(() => 42)), 42);
});

test("the executor behind a pool knows what Python has no name for", limit, async (t) => {
  await using pool = new Pool({ processes: 1, grace: 10 });
  const gate = gateOf(t);
  await rejectionOf(pool.executor.with({ timeout: 20 }).submit(block, gate.cells, 1), TimeoutError);
  assert.equal(await pool.apply(add, [1, 2]), 3);
  assert.equal(pool.executor.name, pool.name);
});
