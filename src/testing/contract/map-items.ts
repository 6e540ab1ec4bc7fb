import assert from "node:assert/strict";
import {
  CancelledError,
  InvalidArgumentError,
  InvalidStateError,
  ShutdownError,
  TimeoutError,
} from "../../errors.js";
import type { MapProgress } from "../../futures/executor.js";
import type { TaskStream } from "../../futures/task-stream.js";
import { loadCell } from "../cells.js";
import * as tasks from "../tasks.js";
import type { Contract } from "./context.js";
import { assertError, rejection, thrown } from "./errors.js";

const numbers = (length: number): number[] => Array.from({ length }, (_, value) => value);

/** Counts without end; `seen` tells how far it was read and whether it was closed. */
function* naturals(seen: { read: number; closed: boolean }): Generator<number> {
  try {
    for (let value = 0; ; value += 1) {
      seen.read = value + 1;
      yield value;
    }
  } finally {
    seen.closed = true;
  }
}

/** The results in front of the end, and the error at the end, if there is one. */
async function drain<R>(stream: TaskStream<R>): Promise<{ results: R[]; error: unknown }> {
  const results: R[] = [];
  try {
    for await (const result of stream) results.push(result);
  } catch (error) {
    return { results, error };
  }
  return { results, error: undefined };
}

/** Contract items D5 to D11: `map`. */
export function mapItems(contract: Contract): void {
  const { waitAtItem } = contract;

  contract.test("D5: map submits before anybody iterates", [], async (t) => {
    const executor = t.executor();
    const cells = t.cells(1);
    const stream = executor.map(
      tasks.countItem,
      [1, 2, 3].map((value) => ({ cells, value })),
    );
    await t.until(() => loadCell(cells, 0) === 3, "all three items were run");
    assert.deepEqual(await stream, [1, 2, 3]);
  });

  contract.test(
    "D5: fn gets the item and its index; arrays, sets, generators and async inputs work",
    [],
    async (t) => {
      const executor = t.executor();
      const expected = ["0:a", "1:b"];
      assert.deepEqual(await executor.map(tasks.withIndex, ["a", "b"]), expected);
      assert.deepEqual(await executor.map(tasks.withIndex, "ab"), expected);
      assert.deepEqual(await executor.map(tasks.withIndex, new Set(["a", "b"])), expected);
      assert.deepEqual(
        await executor.map(
          tasks.withIndex,
          (function* () {
            yield* ["a", "b"];
          })(),
        ),
        expected,
      );
      assert.deepEqual(
        await executor.map(
          tasks.withIndex,
          (async function* () {
            yield* ["a", "b"];
          })(),
        ),
        expected,
      );
      assert.deepEqual(
        await executor.map(tasks.identity, executor.map(tasks.withIndex, ["a", "b"])),
        expected,
      );
    },
  );

  contract.test("D5: an input that throws ends the map after the results before it", [], async (t) => {
    const executor = t.executor();
    const failure = new Error("of the input");
    for (const ordered of [true, false]) {
      const input = (function* () {
        yield 1;
        yield 2;
        throw failure;
      })();
      const { results, error } = await drain(executor.map(tasks.identity, input, { ordered }));
      assert.deepEqual(
        results.toSorted((a, b) => a - b),
        [1, 2],
      );
      assert.equal(error, failure);
    }
  });

  contract.test(
    "D6: results come in the order of the items, whatever is done first",
    ["pending"],
    async (t) => {
      const executor = t.executor({ maxWorkers: 2 });
      const gate = t.gate();
      const items = [{ cells: gate.cells, value: 0 }, ...[1, 2, 3].map((value) => ({ cells: null, value }))];
      let settled = 0;
      const stream = executor.map(waitAtItem, items, {
        onProgress: ({ done }) => {
          settled = done;
        },
      });
      await t.until(() => settled === 3, "the items behind the first are done");
      gate.open();
      assert.deepEqual(await stream, [0, 1, 2, 3]);
    },
  );

  contract.test("D6: unordered, results come as they are done", [], async (t) => {
    const executor = t.executor({ maxWorkers: 2 });
    const gate = t.gate();
    const items = [{ cells: gate.cells, value: 0 }, ...[1, 2, 3].map((value) => ({ cells: null, value }))];
    const seen: number[] = [];
    for await (const value of executor.map(waitAtItem, items, { ordered: false })) {
      seen.push(value);
      if (seen.length === 3) gate.open();
    }
    assert.deepEqual(
      seen.slice(0, 3).toSorted((a, b) => a - b),
      [1, 2, 3],
    );
    assert.equal(seen[3], 0);
  });

  contract.test("D6: a failure is thrown at its position, and then the stream is over", [], async (t) => {
    const executor = t.executor();
    const items = [3, 6, 7, 9].values();
    const iterator = executor.map(tasks.failUnlessDivisible, items)[Symbol.asyncIterator]();
    assert.deepEqual(await iterator.next(), { done: false, value: 3 });
    assert.deepEqual(await iterator.next(), { done: false, value: 6 });
    assertError(await rejection(iterator.next()), RangeError, /^item 7$/);
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    assertError(await rejection(executor.map(tasks.failUnlessDivisible, [3, 4])), RangeError, /^item 4$/);
  });

  contract.test("D7: timeout counts from the call, and keeps the results it had", ["pending"], async (t) => {
    // how fast two tasks are done is the machine's affair: a limit that was too short for them is doubled
    for (let timeout = 200; ; timeout *= 2) {
      const executor = t.executor({ maxWorkers: 1 });
      const gate = t.gate();
      const items = [1, 2, 3, 4].map((value) => ({ cells: value < 3 ? null : gate.cells, value }));
      const { results, error } = await drain(executor.map(waitAtItem, items, { timeout }));
      assertError(error, TimeoutError);
      gate.open();
      if (results.length < 2 && timeout < 10_000) continue;
      assert.deepEqual(results, [1, 2]);
      await executor.shutdown();
      assert.equal(gate.arrivals <= 1, true, "the item behind the one that ran was cancelled");
      return;
    }
  });

  contract.test("D8: leaving the loop cancels the rest and closes the input", [], async (t) => {
    const executor = t.executor({ maxWorkers: 1 });
    const seen = { read: 0, closed: false };
    const cells = t.cells(1);
    const items = function* (): Generator<tasks.GatedItem> {
      for (const value of naturals(seen)) yield { cells, value };
    };
    for await (const value of executor.map(tasks.countItem, items(), { buffersize: 8 })) {
      if (value === 10) break;
    }
    assert.equal(seen.closed, true);
    await executor.shutdown();
    assert.ok(seen.read <= 11 + 8, `${seen.read} items were read`);
    assert.ok(loadCell(cells, 0) <= seen.read);
  });

  contract.test(
    "D8: what waits behind a failure, a cancel or an abort never runs",
    ["pending"],
    async (t) => {
      const reason = new Error("enough");
      for (const end of ["cancel", "signal", "dispose"] as const) {
        const executor = t.executor({ maxWorkers: 1 });
        const gate = t.gate();
        const controller = new AbortController();
        const items = numbers(20).map((value) => ({ cells: gate.cells, value }));
        const stream = executor.map(waitAtItem, items, { signal: controller.signal });
        await gate.arrived(1);
        let disposal: Promise<void> | undefined;
        if (end === "cancel") stream.cancel(reason);
        else if (end === "signal") controller.abort(reason);
        else disposal = stream[Symbol.asyncDispose]();
        const error = await rejection(stream);
        assertError(error, CancelledError);
        if (end !== "dispose") assert.equal(error.cause, reason);
        gate.open();
        await disposal;
        await executor.shutdown();
        assert.equal(gate.arrivals, 1);
      }
    },
  );

  contract.test(
    "D9: every chunksize gives the same results, and failures stay their item's",
    [],
    async (t) => {
      const executor = t.executor({ maxWorkers: 2 });
      for (const chunksize of [1, 6, 40, 50, "auto"] as const) {
        assert.deepEqual(await executor.map(tasks.identity, numbers(40), { chunksize }), numbers(40));
        const settled = await executor.map(tasks.failUnlessDivisible, numbers(40), {
          chunksize,
          errors: "settle",
        });
        const failed = settled.flatMap(({ status }, item) => (status === "rejected" ? [item] : []));
        assert.deepEqual(
          failed,
          numbers(40).filter((item) => item % 3 === 1),
        );
      }
      assert.deepEqual(
        await executor.map(tasks.identity, numbers(40), { chunksize: 16, buffersize: 3 }),
        numbers(40),
      );
    },
  );

  contract.test(
    "D9, D10: options that can't be are InvalidArgumentErrors, thrown from map",
    [],
    async (t) => {
      const executor = t.executor();
      const wrong = [
        { chunksize: 0 },
        { chunksize: -1 },
        { chunksize: 1.5 },
        { buffersize: 0 },
        { buffersize: -2 },
        { buffersize: "8" as unknown as number },
        { ordered: 1 as unknown as boolean },
        { errors: "ignore" as "throw" },
        { timeout: Number.NaN },
        { signal: {} as AbortSignal },
        { onProgress: 1 as unknown as () => void },
        { total: -1 },
      ];
      for (const options of wrong) {
        const name = Object.keys(options)[0] as string;
        assertError(
          thrown(() => executor.map(tasks.identity, [1], options)),
          InvalidArgumentError,
          new RegExp(`^${name} must be `),
        );
      }
      assertError(
        thrown(() => executor.map(tasks.identity, 1 as unknown as number[])),
        InvalidArgumentError,
        /^items must be /,
      );
      assertError(
        thrown(() => executor.map(undefined as unknown as (item: number) => number, [1])),
        InvalidArgumentError,
        /^fn must be a function/,
      );
    },
  );

  contract.test("D10: at most buffersize items are read ahead, one more for each result", [], async (t) => {
    const executor = t.executor({ maxWorkers: 2 });
    const seen = { read: 0, closed: false };
    const stream = executor.map(tasks.identity, naturals(seen), { buffersize: 4 });
    assert.equal(seen.read, 4);
    const iterator = stream[Symbol.asyncIterator]();
    for (let taken = 1; taken <= 20; taken += 1) {
      assert.deepEqual(await iterator.next(), { done: false, value: taken - 1 });
      assert.ok(seen.read <= taken + 4, `${seen.read} read with ${taken} taken`);
    }
    await iterator.return?.();
    assert.equal(seen.closed, true);
  });

  contract.test("D10: without end, async too; longer than the input, and empty", [], async (t) => {
    const executor = t.executor();
    const seen = { read: 0, closed: false };
    const forever = (async function* () {
      yield* naturals(seen);
    })();
    let sum = 0;
    for await (const value of executor.map(tasks.identity, forever, { ordered: false })) {
      sum += value;
      if (value >= 300) break;
    }
    assert.ok(sum >= 300);
    await t.until(() => seen.closed, "the input is closed");
    assert.deepEqual(await executor.map(tasks.identity, [1, 2], { buffersize: 50 }), [1, 2]);
    assert.deepEqual(await executor.map(tasks.identity, [1, 2], { buffersize: 1 }), [1, 2]);
    assert.deepEqual(await executor.map(tasks.identity, [] as number[], { buffersize: 4 }), []);
  });

  contract.test("D10: a map of more items than maxQueue waits for room", ["boundedQueue"], async (t) => {
    const executor = t.executor({ maxWorkers: 1, maxQueue: 2 });
    assert.deepEqual(await executor.map(tasks.identity, numbers(50)), numbers(50));
  });

  contract.test(
    "D11: on a closed executor an empty map is [], another throws from the call",
    [],
    async (t) => {
      const executor = t.executor();
      await executor.shutdown();
      assert.deepEqual(await executor.map(tasks.identity, []), []);
      assertError(
        thrown(() => executor.map(tasks.identity, [1])),
        ShutdownError,
      );
      const later = (async function* () {
        yield 1;
      })();
      assertError(await rejection(executor.map(tasks.identity, later)), ShutdownError);
    },
  );

  contract.test("D5: a stream is used once; awaiting it again gives the same array", [], async (t) => {
    const executor = t.executor();
    const stream = executor.map(tasks.identity, [1, 2]);
    const array = await stream;
    assert.equal(await stream, array);
    assertError(
      thrown(() => stream[Symbol.asyncIterator]()),
      InvalidStateError,
    );
    const iterated = executor.map(tasks.identity, [1, 2]);
    assert.deepEqual((await drain(iterated)).results, [1, 2]);
    assertError(
      thrown(() => iterated[Symbol.asyncIterator]()),
      InvalidStateError,
    );
    assertError(await rejection(iterated), InvalidStateError);
  });

  contract.test("D5: progress counts each settled item", [], async (t) => {
    const executor = t.executor();
    const told: MapProgress[] = [];
    const onProgress = (progress: MapProgress): void => {
      told.push(progress);
    };
    await executor.map(tasks.failUnlessDivisible, numbers(6), { errors: "settle", onProgress });
    assert.deepEqual(
      told.map(({ done }) => done),
      [1, 2, 3, 4, 5, 6],
    );
    assert.deepEqual(told.at(-1), { done: 6, failed: 2, started: 6, total: 6 });
    await executor.map(tasks.identity, numbers(2).values(), { total: 2, onProgress });
    assert.deepEqual(told.at(-1), { done: 2, failed: 0, started: 2, total: 2 });
  });
}
