import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { InvalidStateError, SerializationError, ThreadPoolExecutor } from "ungil";
import { ProcessPoolExecutor } from "ungil/multiprocessing";
import { attach, memoryUsage, NDArray, type NDArrayHandle, scope, sum, sumSync } from "ungil/numeric";
import { Gate, until } from "ungil/testing";
import { Thread } from "ungil/threading";

const limit = { timeout: 60_000 };
const collect = (globalThis as { gc?: () => void }).gc;

function arrayOf(values: readonly number[]): NDArray<"float64"> {
  const array = NDArray.allocate("float64", [values.length]);
  array.typed.set(values);
  return array;
}

/** Until everything that was made since is given back: arrays of this thread by their disposal, others by collection. */
async function settlesAt(used: number): Promise<void> {
  await until(() => {
    collect?.();
    return memoryUsage().used <= used;
  }, `arrays take no more than ${used} bytes`);
}

/** A thread of node:worker_threads that tells what it finds. */
function startThread(code: string): { worker: Worker; next: () => Promise<unknown> } {
  const numeric = import.meta.resolve("ungil/numeric");
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads");
     import(${JSON.stringify(numeric)}).then(({ NDArray, attach, sumSync, memoryUsage }) => { ${code}; parentPort.postMessage("ready"); });`,
    { eval: true },
  );
  const messages: unknown[] = [];
  worker.on("message", (message) => messages.push(message));
  const next = async (): Promise<unknown> => {
    await until(() => messages.length > 0, "the thread tells something");
    return messages.shift();
  };
  return { worker, next };
}

test("an array that a task captures or is given is the same memory there", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const a = arrayOf([1, 2, 3, 4]);
  await pool.submit((x: NDArray<"float64">) => void (x.typed[0] = 10), a);
  await pool.submit(() => void (a.typed[1] = 20));
  assert.deepEqual([...a.typed], [10, 20, 3, 4]);
  const thread = new Thread({
    target: (x: NDArray<"float64">) => {
      x.typed[2] = 30;
    },
    args: [a],
  });
  thread.start();
  await thread.join();
  assert.equal(a.typed[2], 30);
});

test("a view keeps its shape, strides and place in another thread", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const a = arrayOf([0, 1, 2, 3, 4, 5]);
  const columns = new NDArray(a.block, "float64", [2, 2], [3, -1], 2);
  const told = await pool.submit(
    (view: NDArray<"float64">) => [view.shape, view.strides, view.offset, view.address] as const,
    columns,
  );
  assert.deepEqual(told, [[2, 2], [3, -1], 2, columns.address]);
});

test("an array comes back as the same memory, and a result without a copy", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const a = arrayOf([1, 2, 3]);
  const same = await pool.submit((x: NDArray<"float64">) => x, a);
  assert.equal(same.address, a.address);
  same.dispose();
  assert.equal(a.typed[2], 3, "of its own");
  const [made, address] = await pool.submit(() => {
    const b = NDArray.allocate("float64", [100_000]);
    b.typed.fill(0.5);
    return [b, b.address] as const;
  });
  assert.equal(made.address, address);
  assert.equal(sumSync(made), 50_000);
});

test("a message keeps an array that its sender has disposed, until it has arrived", limit, async () => {
  const { worker, next } = startThread(`
    parentPort.on("message", ({ handle, cells }) => {
      const { length } = handle.shape;
      parentPort.postMessage([...attach(handle).typed]);
    })`);
  assert.equal(await next(), "ready");
  for (let round = 0; round < 50; round++) {
    const a = arrayOf([round, 2, 3]);
    worker.postMessage({ handle: a.handle });
    a.dispose();
    // takes the memory if it is free
    const other = arrayOf([-1, -1, -1]);
    assert.deepEqual(await next(), [round, 2, 3]);
    other.dispose();
  }
  await worker.terminate();
});

test("what all have given up is free again, and no message is left over", limit, async () => {
  const before = memoryUsage();
  {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const arrays = Array.from({ length: 300 }, (_, i) => arrayOf([i]));
    const results = await pool.map((x: NDArray<"float64">) => {
      const y = NDArray.allocate("float64", [1000]);
      y.typed[0] = x.typed[0]! * 2;
      return y;
    }, arrays);
    assert.deepEqual(
      results.map((y) => y.typed[0]),
      arrays.map((_, i) => i * 2),
    );
    for (const array of [...arrays, ...results]) array.dispose();
  }
  // what the crew keeps, and the table of messages
  await settlesAt(before.used + 1_000_000);
  assert.equal(memoryUsage().messages, 0);
});

test("tasks that are cancelled or ended leave no message over that never arrives", limit, async () => {
  const a = arrayOf([1]);
  const gate = new Gate();
  const { cells } = gate;
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 20 });
  const first = pool.submit((x: NDArray) => {
    Atomics.add(cells, 1, 1);
    Atomics.notify(cells, 1);
    while (Atomics.load(cells, 0) === 0) Atomics.wait(cells, 0, 0, 5);
    return x;
  }, a);
  await gate.arrived(1);
  const queued = Array.from({ length: 50 }, () => pool.submit((x: NDArray) => x.size + a.size, a));
  for (const future of queued) future.cancel();
  gate.open();
  await first;
  await Promise.allSettled(queued);
  await until(() => memoryUsage().messages === 0, "no message is under way");
});

test("a thread that ends, however, gives back what it had", limit, async () => {
  const ends = ["parentPort.close()", "process.exit(0)", "process.reallyExit(0)", "for (;;);"];
  for (const end of ends) {
    const { worker, next } = startThread(`
      globalThis.kept = Array.from({ length: 10 }, () => NDArray.allocate("float64", [100_000]));
      parentPort.once("message", () => { ${end} })`);
    assert.equal(await next(), "ready");
    const { used } = memoryUsage();
    worker.postMessage("end");
    const exit = new Promise((resolve) => worker.once("exit", resolve));
    if (end.startsWith("for")) await worker.terminate();
    await exit;
    await until(() => memoryUsage().used <= used - 8_000_000, `what was held until ${end} is free`);
  }
});

test("an array that was given back before it came is refused", limit, () => {
  const a = arrayOf([1, 2]);
  const message = structuredClone(a.handle);
  const copy = structuredClone(message);
  const arrived = attach(message);
  a.dispose();
  assert.throws(() => a.typed, InvalidStateError);
  assert.deepEqual([...arrived.typed], [1, 2]);
  arrived.dispose();
  assert.throws(() => attach(copy), InvalidStateError);
  const again = arrayOf([3, 4]);
  assert.throws(() => attach(copy), InvalidStateError, "the same memory, another array");
  again.dispose();
});

test("a disposed array can't be used, shown or sent, and can be disposed again", limit, async () => {
  const a = arrayOf([1, 2]);
  {
    using owned = a;
    assert.equal(owned.typed[1], 2);
  }
  assert.ok(a.disposed);
  a.dispose();
  assert.throws(() => a.typed, InvalidStateError);
  assert.throws(() => sumSync(a), InvalidStateError);
  await assert.rejects(async () => sum(a), InvalidStateError);
  assert.throws(() => a.handle, InvalidStateError);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  await assert.rejects(
    async () => await pool.submit((x: NDArray) => x.size, a),
    (error) => error instanceof SerializationError && error.cause instanceof InvalidStateError,
  );
});

test("what is disposed while an operation reads it stays until that has ended", limit, async () => {
  for (let round = 0; round < 20; round++) {
    const a = NDArray.allocate("float64", [300_000]);
    a.typed.fill(1);
    const total = sum(a);
    a.dispose();
    // would be the same memory
    const b = NDArray.allocate("float64", [300_000]);
    b.typed.fill(1000);
    assert.equal(await total, 300_000);
    b.dispose();
  }
});

test(
  "of arrays that were made at once, disposed in any order or not at all, nothing stays",
  limit,
  async () => {
    const kept = arrayOf([1, 2]);
    // the room that sums work in stays
    assert.equal(sumSync(kept), 3);
    const before = memoryUsage().used;
    const made = Array.from({ length: 300 }, () => arrayOf([1, 2, 3]));
    for (const [k, array] of made.entries()) if (k % 3 === 0) array.dispose();
    for (const array of made.splice(200)) array.dispose();
    const last = made.at(-1)!;
    assert.equal(sumSync(last), 6);
    made.length = 0;
    last.dispose();
    await settlesAt(before);
    assert.equal(sumSync(kept), 3);
  },
);

test("a hundred thousand temporaries do not make the arena grow", limit, async () => {
  const make = (): void => {
    using a = NDArray.allocate("float64", [1000]);
    a.typed[0] = 1;
  };
  make();
  const { arena } = memoryUsage();
  for (let i = 0; i < 100_000; i++) make();
  assert.equal(memoryUsage().arena, arena);
  for (let i = 0; i < 1_000; i++) {
    scope(() => {
      for (let k = 0; k < 100; k++) NDArray.allocate("float64", [1000]);
    });
  }
  const scoped = memoryUsage().arena;
  assert.ok(scoped <= arena + 100 * 10_000, `${scoped}, after ${arena}`);
  // left to the garbage collector
  for (let i = 0; i < 20; i++) {
    for (let k = 0; k < 1000; k++) NDArray.allocate("float64", [1000]);
    collect?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(memoryUsage().arena <= scoped + 4_000 * 10_000, `${memoryUsage().arena}, after ${scoped}`);
});

test("a scope disposes all but what it returns", limit, () => {
  let lost: NDArray | undefined;
  const kept = scope(() => {
    lost = arrayOf([1]);
    const inner = scope(() => [arrayOf([2]), arrayOf([3])]);
    return { list: [arrayOf([4]), inner[1]], more: new Map([["a", arrayOf([5])]]) };
  });
  assert.ok(lost!.disposed);
  assert.deepEqual(
    [...kept.list, kept.more.get("a")].map((array) => array!.typed[0]),
    [4, 3, 5],
  );
  assert.throws(() => scope(() => Promise.resolve(1)), /fn/);
  assert.throws(
    () =>
      scope(() => {
        lost = arrayOf([1]);
        throw new RangeError("no");
      }),
    RangeError,
  );
  assert.ok(lost!.disposed);
});

test("where the arena is full, the error names its limit, and disposing makes room", limit, () => {
  assert.throws(() => NDArray.allocate("float64", [2 ** 30]), {
    code: "ERR_UNGIL_MEMORY",
    message: /4294967296/,
  });
  const all: NDArray[] = [];
  assert.throws(
    () => {
      for (;;) all.push(NDArray.allocate("uint8", [2 ** 29]));
    },
    { code: "ERR_UNGIL_MEMORY", message: /limited to 4294967296 bytes/ },
  );
  assert.ok(all.length >= 5, `${all.length} arrays of 512 MiB`);
  for (const array of all) array.dispose();
  // parts of what is free, of other sizes
  const parts = Array.from({ length: 100 }, () => NDArray.allocate("uint8", [20_000_000]));
  for (const part of parts) part.dispose();
});

test("an array can't be sent to another process, and the error says what can", limit, async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const a = arrayOf([1]);
  const refused = (error: unknown): boolean =>
    error instanceof SerializationError &&
    /NDArray.*typed\.slice\(\).*ThreadPoolExecutor/.test(error.message);
  await assert.rejects(async () => await pool.submit((x: NDArray) => x.size, a), refused);
  assert.equal(await pool.submit((x: Float64Array) => x[0], a.typed.slice()), 1);
});

test("only the handle of an array is attached", limit, () => {
  for (const wrong of [null, 1, {}, { block: {} }, new Float64Array(1)])
    assert.throws(() => attach(wrong as unknown as NDArrayHandle), { code: "ERR_UNGIL_INVALID_ARGUMENT" });
});
