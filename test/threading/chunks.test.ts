import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import {
  CancelledError,
  InlineExecutor,
  ThreadPoolExecutor,
  type UnobservedFailure,
  WorkerExitError,
} from "ungil";
import { Gate, sharedCells, until } from "ungil/testing";
import { rejection } from "./support/rejection.js";

const numbers = (length: number): number[] => Array.from({ length }, (_, index) => index);
const limit = { timeout: 60_000 };

const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
after(() => pool.shutdown());

describe("items of a chunk share nothing", () => {
  const shapes: Readonly<Record<string, (list: number[]) => object>> = {
    "plain data": (list) => ({ list }),
    "what travels alone": (list) => new Map([["list", list]]),
  };
  for (const [name, make] of Object.entries(shapes)) {
    test(`an item changes only its own copy: ${name}`, limit, async () => {
      const shared: number[] = [];
      const items = numbers(40).map(() => make(shared));
      const lengths = await pool.map(
        (item: object) => {
          const list =
            item instanceof Map ? (item.get("list") as number[]) : (item as { list: number[] }).list;
          return list.push(1);
        },
        items,
        { chunksize: 40 },
      );
      assert.deepEqual(lengths, Array(40).fill(1));
    });

    test(`one object as many items is many objects there: ${name}`, limit, async () => {
      const item = make([]);
      const seen = await pool.map(
        (each: object) => {
          const state = globalThis as { seen?: WeakSet<object> };
          state.seen ??= new WeakSet();
          const known = state.seen.has(each);
          state.seen.add(each);
          return known;
        },
        Array(40).fill(item) as object[],
        { chunksize: 40 },
      );
      assert.deepEqual(seen, Array(40).fill(false));
    });
  }

  test(
    "an object that a worker keeps and answers again and again arrives as it was each time, and many times",
    limit,
    async () => {
      for (const kind of ["plain", "alone"] as const) {
        const results = await pool.map(
          (_item: number, index: number) => {
            const state = globalThis as unknown as Record<string, { list: number[] } | undefined>;
            // a chunk that does not get on gives items to the other worker, which keeps a list of its own
            state[kind] ??= { list: [] };
            const kept = state[kind] as { list: number[] } & Record<string, unknown>;
            kept.list.push(index);
            return kind === "plain" ? kept : new Map([["kept", kept]]);
          },
          numbers(30),
          { chunksize: 30 },
        );
        const lists = results.map((result) =>
          result instanceof Map ? (result.get("kept") as { list: number[] }).list : result.list,
        );
        assert.deepEqual(
          lists.map((list) => list.at(-1)),
          numbers(30),
          kind,
        );
        assert.equal(new Set(lists).size, 30);
      }
    },
  );

  test(
    "an error that is thrown again and again is many errors here, and so is what it carries",
    limit,
    async () => {
      const results = await pool.map(
        (_item: number) => {
          const state = globalThis as { thrown?: Error };
          state.thrown ??= Object.assign(new RangeError("again"), { detail: { list: [1] } });
          throw state.thrown;
        },
        numbers(20),
        { chunksize: 20, errors: "settle" },
      );
      const reasons = results.map(
        (result) => (result as PromiseRejectedResult).reason as Error & { detail: object },
      );
      assert.ok(reasons.every((reason) => reason instanceof RangeError));
      assert.equal(new Set(reasons).size, 20);
      assert.equal(new Set(reasons.map(({ detail }) => detail)).size, 20);
    },
  );
});

describe("results of a chunk", () => {
  test(
    "a result that can't be sent fails its item only, and names the place in the result",
    limit,
    async () => {
      const results = await pool.map(
        (item: number) =>
          item % 3 === 1 ? { deep: [() => item] } : item === 5 ? { deep: [new WeakMap()] } : item,
        numbers(8),
        { chunksize: 8, errors: "settle" },
      );
      assert.deepEqual(
        results.map((result) =>
          result.status === "fulfilled" ? result.value : (result.reason as Error).message,
        ),
        [
          0,
          "result.deep[0] can't be sent: it is a function (anonymous). Send the data it would work on",
          2,
          3,
          "result.deep[0] can't be sent: it is a function (anonymous). Send the data it would work on",
          "result.deep[0] can't be sent: it is a weak collection; send a Map or a Set",
          6,
          "result.deep[0] can't be sent: it is a function (anonymous). Send the data it would work on",
        ],
      );
    },
  );

  test("numbers stay what they are: whole, broken, negative zero, not a number", limit, async () => {
    const items = [...numbers(100), -0, Number.NaN, 0.1, -1, 2 ** 31, 2 ** 40, Number.NEGATIVE_INFINITY];
    const back = await pool.map((item: number) => item, items, { chunksize: 200 });
    assert.ok(back.every((value, index) => Object.is(value, items[index])));
    const signs = await pool.map((item: number) => Object.is(item, -0), items, { chunksize: 200 });
    assert.deepEqual(
      signs,
      items.map((item) => Object.is(item, -0)),
    );
  });

  test("results before a promise that stays pending come without it", limit, async () => {
    const gate = new Gate();
    const seen: number[] = [];
    const items = numbers(6).map((index) => ({ index, cells: gate.cells }));
    const stream = pool.map(
      async ({ index, cells }: { index: number; cells: Int32Array }) => {
        if (index !== 4) return index;
        while (Atomics.load(cells, 0) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
        return index;
      },
      items,
      { chunksize: 6 },
    );
    for await (const value of stream) {
      seen.push(value);
      if (value === 3) gate.open();
    }
    assert.deepEqual(seen, numbers(6));
  });

  test(
    "results before an item that blocks its thread come without it, if they took their time",
    limit,
    async () => {
      const gate = new Gate();
      const seen: number[] = [];
      const items = numbers(4).map((index) => ({ index, cells: gate.cells }));
      const stream = pool.map(
        ({ index, cells }: { index: number; cells: Int32Array }) => {
          const since = performance.now();
          if (index === 3) Atomics.wait(cells, 0, 0);
          // what takes longer than this is handed in before the next item
          else while (performance.now() - since < 10);
          return index;
        },
        items,
        { chunksize: 4 },
      );
      for await (const value of stream) {
        seen.push(value);
        if (value === 2) gate.open();
      }
      assert.deepEqual(seen, numbers(4));
    },
  );
});

describe("a worker that dies with a chunk in hand", () => {
  for (const position of [0, 1, 30, 98, 99]) {
    test(
      `at item ${position}: what was done counts, that item fails, the others run elsewhere once`,
      limit,
      async () => {
        await using one = new ThreadPoolExecutor({ maxWorkers: 1 });
        const counts = sharedCells(100);
        for (const kind of ["numbers", "texts", "nothing"] as const) {
          counts.fill(0);
          const fn = (item: number, index: number): unknown => {
            Atomics.add(counts, index, 1);
            if (index === position) process.exit(7);
            return kind === "numbers" ? item + 1 : kind === "texts" ? `${item}` : undefined;
          };
          if (kind === "nothing") {
            const error = (await one
              .forEach(fn, numbers(100), { chunksize: 100, errors: "settle" })
              .exception()) as AggregateError;
            assert.equal(error.errors.length, 1);
            assert.ok(error.errors[0] instanceof WorkerExitError);
          } else {
            const results = await one.map(fn, numbers(100), { chunksize: 100, errors: "settle" });
            for (const [index, result] of results.entries()) {
              if (index === position) {
                assert.ok(result.status === "rejected" && result.reason instanceof WorkerExitError);
                assert.equal(result.reason.exitCode, 7);
              } else {
                const expected: number | string = kind === "numbers" ? index + 1 : `${index}`;
                assert.deepEqual(result, { status: "fulfilled", value: expected });
              }
            }
          }
          assert.deepEqual([...counts], Array(100).fill(1), kind);
        }
      },
    );
  }

  test("by its memory limit: numbers that were done are not lost", limit, async () => {
    await using one = new ThreadPoolExecutor({
      maxWorkers: 1,
      resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 8 },
    });
    const results = await one.map(
      (item: number) => {
        const kept: unknown[] = [];
        if (item !== 60) return item * 2;
        for (;;) kept.push(Array.from({ length: 1_000 }, (_, i) => ({ i })));
      },
      numbers(100),
      { chunksize: 100, errors: "settle" },
    );
    const failed = results.flatMap((result, index) => (result.status === "rejected" ? [index] : []));
    assert.deepEqual(failed, [60]);
  });

  test("in a map that throws, it is thrown at its position", limit, async () => {
    await using one = new ThreadPoolExecutor({ maxWorkers: 1 });
    const seen: number[] = [];
    const error = await rejection(
      (async () => {
        const stream = one.map(
          (item: number) => {
            if (item === 20) process.exit(3);
            return item;
          },
          numbers(50),
          { chunksize: 50 },
        );
        for await (const value of stream) seen.push(value);
      })(),
    );
    assert.ok(error instanceof WorkerExitError);
    assert.deepEqual(seen, numbers(20));
    assert.equal(await one.submit((x: number) => x, 1), 1);
  });
});

describe("reading ahead", () => {
  test("D10: a consumer that is stuck stops the reading, whatever the chunks", limit, async () => {
    let read = 0;
    const items = function* (): Generator<number> {
      for (;;) yield read++;
    };
    for (const [options, most] of [
      [{ buffersize: 10 }, 10],
      [{ buffersize: 1_000, chunksize: 64 }, 1_000],
      [{}, 2 * 65_536],
    ] as const) {
      read = 0;
      const iterator = pool.map((x: number) => x, items(), options)[Symbol.asyncIterator]();
      assert.equal((await iterator.next()).value, 0);
      let quiet = 0;
      await until(() => {
        const { running, queued } = pool.stats();
        quiet = running + queued === 0 ? quiet + 1 : 0;
        return quiet > 5;
      }, "all that was sent is done");
      assert.ok(read <= most + 1, `${read} read of ${most}`);
      await iterator.return?.();
    }
  });

  test("D10: what a slow input has given is run before it gives more", limit, async () => {
    const given: ((value: number) => void)[] = [];
    const items = (async function* () {
      for (let index = 0; index < 5; index += 1)
        yield await new Promise<number>((resolve) => given.push(resolve));
    })();
    const iterator = pool.map((x: number) => x * 2, items, { chunksize: 100 })[Symbol.asyncIterator]();
    for (let index = 0; index < 5; index += 1) {
      const next = iterator.next();
      await until(() => given.length > index, "the input is asked");
      given[index]!(index);
      assert.equal((await next).value, index * 2);
    }
    assert.equal((await iterator.next()).done, true);
  });

  test("a map over two million items of a generator keeps the heap flat", {
    ...limit,
    skip: globalThis.gc ? false : "needs node --expose-gc",
  }, async () => {
    const length = 2_000_000;
    const items = function* (): Generator<number> {
      for (let index = 0; index < length; index += 1) yield index + 0.5;
    };
    let taken = 0;
    let sum = 0;
    let most = 0;
    globalThis.gc?.();
    const before = process.memoryUsage();
    for await (const value of pool.map((x: number) => x + 1, items(), { ordered: false })) {
      sum += value;
      if (++taken % 200_000 !== 0) continue;
      globalThis.gc?.();
      const now = process.memoryUsage();
      most = Math.max(most, now.heapUsed + now.arrayBuffers - before.heapUsed - before.arrayBuffers);
    }
    assert.equal(sum, (length * (length - 1)) / 2 + 1.5 * length);
    // 131,072 numbers in the window as objects, twice, and the blocks of the chunks
    assert.ok(most < 24 * 2 ** 20, `${most} bytes more`);
  });
});

describe("the ends of a map", () => {
  test("D8: cancel stops chunks between two items", limit, async () => {
    const gate = new Gate();
    const counts = sharedCells(1);
    const items = numbers(50).map(() => ({ cells: gate.cells, counts }));
    const stream = pool.map(
      (item: { cells: Int32Array; counts: Int32Array }) => {
        Atomics.add(item.counts, 0, 1);
        Atomics.add(item.cells, 1, 1);
        Atomics.wait(item.cells, 0, 0);
      },
      items,
      { chunksize: 25 },
    );
    await gate.arrived(1);
    stream.cancel("enough");
    const ran = gate.arrivals;
    gate.open();
    assert.ok((await rejection(stream)) instanceof CancelledError);
    await until(() => pool.stats().running === 0, "the workers are free");
    assert.ok(Atomics.load(counts, 0) <= ran + 2);
  });

  test(
    "onUnobserved is told of a failure in a map that nobody consumes, and of a forEach",
    limit,
    async () => {
      const told: UnobservedFailure[] = [];
      const other = new ThreadPoolExecutor({ maxWorkers: 1, onUnobserved: (failure) => told.push(failure) });
      const fail = (item: number): never => {
        throw new RangeError(`item ${item}`);
      };
      const stream = other.map(fail, [1]);
      const future = other.forEach(fail, [2]);
      await until(() => other.stats().completed >= 2 && future.done(), "both have failed");
      await other.shutdown();
      assert.deepEqual(told.map(({ name, error }) => `${name}: ${(error as Error).message}`).toSorted(), [
        "fail: item 1",
        "fail: item 2",
      ]);
      stream.cancel();
    },
  );

  test("progress is told item by item, up to the end that it makes itself", limit, async () => {
    const told: number[] = [];
    const stream = pool.map((x: number) => x, numbers(100), {
      chunksize: 50,
      onProgress: ({ done }) => {
        told.push(done);
        if (done === 10) stream.cancel();
      },
    });
    assert.ok((await rejection(stream)) instanceof CancelledError);
    assert.deepEqual(
      told,
      numbers(10).map((done) => done + 1),
    );
  });
});

describe("forEach and reduce", () => {
  test("forEach runs each item once and keeps nothing", limit, async () => {
    const counts = sharedCells(300);
    const future = pool.forEach((item: number) => Atomics.add(counts, item, 1), numbers(300));
    assert.equal(await future, undefined);
    assert.deepEqual([...counts], Array(300).fill(1));
    assert.equal(await pool.forEach(() => 1, []), undefined);
  });

  test("forEach ends with the first failure, or with all of them", limit, async () => {
    const fail = (item: number): void => {
      if (item % 10 === 3) throw new RangeError(`item ${item}`);
    };
    assert.match(((await pool.forEach(fail, numbers(30)).exception()) as Error).message, /^item \d?3$/);
    const all = (await pool.forEach(fail, numbers(30), { errors: "settle" }).exception()) as AggregateError;
    assert.equal(all.message, "3 of 30 items failed");
    assert.deepEqual(all.errors.map(({ message }: Error) => message).toSorted(), [
      "item 13",
      "item 23",
      "item 3",
    ]);
  });

  test("abort of a forEach and of a reduce stops what runs", limit, async () => {
    for (const call of ["forEach", "reduce"] as const) {
      const gate = new Gate();
      const wait = async (cells: Int32Array): Promise<number> => {
        Atomics.add(cells, 1, 1);
        while (Atomics.load(cells, 0) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
        return 1;
      };
      const items = Array(20).fill(gate.cells) as Int32Array[];
      const future =
        call === "forEach" ? pool.forEach(wait, items) : pool.reduce(wait, items, (a, b) => a + b);
      await gate.arrived(1);
      assert.equal(future.state, "running");
      future.abort("enough");
      gate.open();
      const error = await rejection(future);
      assert.ok(error instanceof CancelledError);
      assert.equal(error.cause, "enough");
      assert.equal(future.state, "cancelled");
    }
  });

  test("reduce combines in the workers: few values travel", limit, async () => {
    const combined = sharedCells(2);
    const sum = await pool.reduce(
      (item: number) => item,
      numbers(10_000),
      (one, other) => {
        Atomics.add(combined, 0, 1);
        return one + other;
      },
      { chunksize: 1_000 },
    );
    assert.equal(sum, (10_000 * 9_999) / 2);
    assert.equal(Atomics.load(combined, 0), 9_999, "each combination was made once");
  });

  test("reduce takes results of any kind, and fails with what fn or combine throw", limit, async () => {
    const words = ["a", "b", "a", "c", "a"];
    const counts = await pool.reduce(
      (word: string) => new Map([[word, 1]]),
      words,
      (one, other) => {
        for (const [word, count] of other) one.set(word, (one.get(word) ?? 0) + count);
        return one;
      },
      { chunksize: 2 },
    );
    assert.deepEqual(
      counts,
      new Map([
        ["a", 3],
        ["b", 1],
        ["c", 1],
      ]),
    );
    const failing = pool.reduce(
      (x: number) => x,
      numbers(10),
      (one, other) => {
        if (other === 5) throw new RangeError("no five");
        return one + other;
      },
      { chunksize: 10 },
    );
    assert.match(((await failing.exception()) as Error).message, /no five/);
    const later = pool.reduce((x: number) => x, [1, 2], (async () => 1) as never, { chunksize: 2 });
    assert.match(((await later.exception()) as Error).message, /combine answered with a promise/);
  });
});

describe("into", () => {
  const half = (x: number): number => x / 2;

  test("a class makes a typed array of as many results", limit, async () => {
    const expected: Float64Array = Float64Array.from(numbers(1_000), half);
    assert.deepEqual(await pool.map(half, numbers(1_000), { into: Float64Array }), expected);
    assert.deepEqual(await pool.map(half, numbers(1_000).values(), { into: Float64Array }), expected);
    assert.deepEqual(
      await pool.map(
        half,
        expected.map((x) => x * 2),
        { into: Float64Array },
      ),
      expected,
    );
    assert.deepEqual(await pool.map(half, [], { into: Float64Array }), new Float64Array());
    assert.deepEqual(
      await pool.map((x: number) => x, numbers(300), { into: Uint8Array }),
      Uint8Array.from(numbers(300)),
    );
    assert.deepEqual(
      await pool.map((x: number) => BigInt(x), numbers(30), { into: BigInt64Array }),
      BigInt64Array.from(numbers(30), BigInt),
    );
    assert.deepEqual(
      await pool.map((text: string) => text.length, numbers(50).map(String), {
        into: Uint16Array,
        ordered: false,
      }),
      Uint16Array.from(numbers(50), (x) => String(x).length),
    );
  });

  test("an array is filled in its place, and may be longer", limit, async () => {
    const into = new Float32Array(12).fill(-1);
    assert.equal(await pool.map(half, numbers(10), { into }), into);
    assert.deepEqual([...into], [...numbers(10).map(half), -1, -1]);
    assert.throws(() => pool.map(half, numbers(13), { into }), /into must be long enough for 13 results/);
    const error = await rejection(pool.map(half, numbers(13).values(), { into }));
    assert.match((error as Error).message, /into must be long enough for more than 12 results/);
  });

  test("shared memory in, shared memory out: the same array, and no copies of it", limit, async () => {
    const shared = <A extends Float64Array | BigInt64Array>(of: new (buffer: SharedArrayBuffer) => A): A =>
      new of(new SharedArrayBuffer(1_000 * 8));
    const input = shared(Float64Array);
    input.set(numbers(1_000));
    const output = shared(Float64Array);
    assert.equal(await pool.map(half, input, { into: output }), output);
    assert.deepEqual([...output], numbers(1_000).map(half));
    // in place
    assert.equal(await pool.map(half, input, { into: input }), input);
    assert.deepEqual(input, output);
    const tooShort = await rejection(pool.map(half, numbers(1_001).values(), { into: output }));
    assert.match((tooShort as Error).message, /into must be long enough for more than 1000 results/);
    const large = shared(BigInt64Array);
    await pool.map((x: number) => BigInt(x) << 40n, numbers(1_000), { into: large });
    assert.equal(large[999], 999n << 40n);
    const seen: number[] = [];
    for await (const value of pool.map(half, numbers(100), { into: output })) seen.push(value);
    assert.deepEqual(seen, numbers(100).map(half));
  });

  test(
    "numbers in shared memory arrive as a loop here would read them, also when items are known to be short",
    limit,
    async () => {
      const memory = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(5_000 * bytes);
      const inputs = [
        new Float64Array(memory(8)),
        new Float32Array(memory(4)),
        new Int32Array(memory(4)),
        new Uint8ClampedArray(memory(1)),
      ];
      const signed = (x: number, index: number): number => (1 / x < 0 ? -index : x + index);
      const given = numbers(5_000).map((x) => [x, -x, x / 3, -0, Number.NaN, 2 ** 40 + x, -1e300][x % 7]!);
      for (const input of inputs) {
        input.set(given);
        const expected: Float64Array = Float64Array.from(input, signed);
        const into = new Float64Array(new SharedArrayBuffer(given.length * 8));
        for (let round = 0; round < 3; round++) {
          into.fill(7);
          await pool.map(signed, input, { into });
          assert.deepEqual(into, expected);
        }
        const large = (x: number, index: number): number => (index === 4_001 ? ("large" as never) : x);
        for (let round = 0; round < 2; round++)
          assert.match(String(await rejection(pool.map(large, input, { into }))), /large|string/);
      }
    },
  );

  test("a result of another kind fails the map and says which", limit, async () => {
    const odd = (x: number): number => (x === 7 ? ("seven" as never) : x);
    for (const into of [Float64Array, new Float64Array(20), new Float64Array(new SharedArrayBuffer(160))]) {
      const error = await rejection(pool.map(odd, numbers(20), { into }));
      assert.match((error as Error).message, /the result of item 7 is of type string: a Float64Array takes/);
    }
  });
});

test("into: memory that lies across the items is refused before anything runs; the items themselves are not", async () => {
  await using threads = new ThreadPoolExecutor({ maxWorkers: 2 });
  await using inline = new InlineExecutor();
  for (const pool of [threads, inline]) {
    for (const buffer of [new SharedArrayBuffer(800), new ArrayBuffer(800)]) {
      const items = new Float64Array(buffer, 0, 99).fill(2);
      const double = (x: number): number => x * 2;
      for (const into of [new Float64Array(buffer, 8, 99), new Float32Array(buffer, 0, 99)]) {
        assert.throws(() => pool.map(double, items, { into }), {
          code: "ERR_UNGIL_INVALID_ARGUMENT",
          message: /^into /,
        });
      }
      assert.equal(await pool.map(double, items, { into: items }), items);
      assert.ok(items.every((item) => item === 4));
    }
  }
});
