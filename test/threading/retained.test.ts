import assert from "node:assert/strict";
import { test } from "node:test";
import { type Executor, type Future, ThreadPoolExecutor } from "ungil";
import { Gate, until } from "ungil/testing";
import { add, identity, poll } from "./support/tasks.js";

const options = { skip: globalThis.gc ? false : "needs node --expose-gc", timeout: 60_000 };

async function collected(reference: WeakRef<object>, what: string): Promise<void> {
  await until(() => {
    globalThis.gc?.();
    return reference.deref() === undefined;
  }, `${what} is collected`);
}

/** An argument that ends a scope of its own: no variable of the test holds it. */
async function submitAndForget(
  pool: Executor,
  make: () => object,
  use: (pool: Executor, value: object) => PromiseLike<unknown>,
): Promise<WeakRef<object>> {
  const value = make();
  await use(pool, value);
  return new WeakRef(value);
}

const bulk = (): { bytes: Uint8Array } => ({ bytes: new Uint8Array(100_000) });

test("D12: arguments of a finished task are not kept here", options, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const reference = await submitAndForget(pool, bulk, (executor, value) => executor.submit(identity, value));
  await collected(reference, "the argument");
});

test("D12: nor those of a failed, a cancelled, an aborted and a retried one", options, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 0 });
  const references = [
    await submitAndForget(pool, bulk, (executor, value) =>
      executor
        .with({ retries: 1 })
        .submit((_: object): void => {
          throw new RangeError("no");
        }, value)
        .exception(),
    ),
    await submitAndForget(pool, bulk, async (executor, value) => {
      executor.submit(identity, value).cancel();
    }),
    await submitAndForget(pool, bulk, async (executor, value) => {
      const gate = new Gate();
      const future: Future<unknown> = executor.submit(
        async (cells: Int32Array, _: object) => {
          Atomics.add(cells, 1, 1);
          await new Promise(() => {});
        },
        gate.cells,
        value,
      );
      await gate.arrived(1);
      future.abort();
      await future.then(undefined, () => {});
    }),
    await submitAndForget(pool, bulk, async (executor, value) => {
      const signal = new AbortController();
      await executor.with({ signal: signal.signal, deadline: 1e6, timeout: 1e6 }).submit(identity, value);
    }),
  ];
  await Promise.all(references.map((reference) => collected(reference, "an argument")));
});

test("D12: a closure and its task's result are not kept here", options, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const run = async (): Promise<[WeakRef<object>, WeakRef<object>]> => {
    const captured = bulk();
    const closure = (): { length: number } => ({ length: captured.bytes.length });
    const result = await pool.submit(closure);
    assert.equal(result.length, 100_000);
    return [new WeakRef(closure), new WeakRef(result)];
  };
  const [closure, result] = await run();
  await pool.submit(add, 1, 2);
  await collected(closure, "the closure");
  await collected(result, "the result");
});

test("D12: a worker keeps neither the arguments nor the result of a finished task", options, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  await pool.submit((value: object) => {
    const result = { bytes: new Uint8Array(100_000) };
    (globalThis as { watched?: WeakRef<object>[] }).watched = [new WeakRef(value), new WeakRef(result)];
    return result;
  }, bulk());
  const left = await pool.submit(async () => {
    const { watched } = globalThis as unknown as { watched: WeakRef<object>[] };
    for (let round = 0; round < 500; round++) {
      globalThis.gc?.();
      if (watched.every((reference) => reference.deref() === undefined)) return 0;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return watched.filter((reference) => reference.deref() !== undefined).length;
  });
  assert.equal(left, 0);
});

test("D18: a pool that is dropped finishes its work, and its workers end", options, async () => {
  const gate = new Gate();
  const exits = (): Promise<number> => {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1, name: "dropped" });
    return Promise.resolve(pool.submit(poll, gate.cells, 5));
  };
  const future = exits();
  await gate.arrived(1);
  globalThis.gc?.();
  await new Promise((resolve) => setImmediate(resolve));
  gate.open();
  assert.equal(await future, 5);
});

test("D18: a view is as good as the pool: it is all that has to be kept", options, async () => {
  const view = new ThreadPoolExecutor({ maxWorkers: 1 }).with({ name: "view" });
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(await view.submit(add, 1, 2), 3);
  await view.shutdown();
});

test("D18: a map goes on to its end although its pool was dropped", options, async () => {
  const items = Array.from({ length: 300 }, (_, i) => i);
  const stream = new ThreadPoolExecutor({ maxWorkers: 1 }).map(identity, items, { buffersize: 4 });
  const results: number[] = [];
  for await (const result of stream) {
    results.push(result);
    if (result % 50 === 0) {
      globalThis.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  assert.deepEqual(results, items);
});

test("D18: a pool that came back in a result is the same pool", options, async () => {
  const get = async (): Promise<Executor> => {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    return await pool.submit(() => pool);
  };
  const again = await get();
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(await again.submit(add, 1, 2), 3);
  await again.shutdown();
  assert.equal(again.stats().state, "shut-down");
});
