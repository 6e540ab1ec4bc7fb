import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { PassThrough, Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import {
  AsyncExecutor,
  CancelledError,
  currentTask,
  type Executor,
  InvalidArgumentError,
  InvalidStateError,
  ThreadPoolExecutor,
} from "ungil";
import { Event } from "ungil/asyncio";
import { until } from "ungil/testing";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const double = (x: number): number => x * 2;

function* endless(read: { count: number }): Generator<number> {
  for (;;) yield read.count++;
}

const whenSet = async (gate: Event, callback: () => void): Promise<void> => {
  await gate.wait();
  callback();
};

/** Collects what is written to it. */
function collector(): { readonly sink: Writable; readonly chunks: unknown[] } {
  const chunks: unknown[] = [];
  const sink = new Writable({
    objectMode: true,
    write: (chunk, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { sink, chunks };
}

const kinds: [name: string, create: () => Executor][] = [
  ["AsyncExecutor", () => new AsyncExecutor({ maxWorkers: 4, grace: 60_000 })],
  ["ThreadPoolExecutor", () => new ThreadPoolExecutor({ maxWorkers: 2 })],
];

for (const [name, create] of kinds) {
  test(`${name}: a map is the middle of a pipeline`, async () => {
    await using pool = create();
    const { sink, chunks } = collector();
    await pipeline(Readable.from(numbers(1_000)), pool.map(double), sink);
    assert.deepEqual(chunks, numbers(1_000).map(double));
    // and the end of one, and more than one in a row
    const all = await pipeline(numbers(10), pool.map(double), pool.map(double), async (results) => {
      const taken: number[] = [];
      for await (const result of results) taken.push(result);
      return taken;
    });
    assert.deepEqual(
      all,
      numbers(10).map((x) => x * 4),
    );
  });

  test(`${name}: items come from streams of Node and of the web, results go to both`, async () => {
    await using pool = create();
    assert.deepEqual(await pool.map(double, Readable.from(numbers(500))), numbers(500).map(double));
    const web = new ReadableStream<number>({
      start: (controller) => {
        for (const item of numbers(500)) controller.enqueue(item);
        controller.close();
      },
    });
    assert.deepEqual(await pool.map(double, web), numbers(500).map(double));
    assert.equal(web.locked, false);
    const readable: unknown[] = [];
    for await (const chunk of pool.map(double, numbers(500)).toReadable()) readable.push(chunk);
    assert.deepEqual(readable, numbers(500).map(double));
    const out: number[] = [];
    await pool
      .map(double, numbers(500))
      .toReadableStream()
      .pipeTo(new WritableStream({ write: (chunk) => void out.push(chunk) }));
    assert.deepEqual(out, numbers(500).map(double));
    const through: number[] = [];
    await pool
      .map((x: number) => x + 1, numbers(500))
      .toReadableStream()
      .pipeThrough(pool.map(double).toWeb())
      .pipeTo(new WritableStream({ write: (chunk) => void through.push(chunk) }));
    assert.deepEqual(
      through,
      numbers(500).map((x) => (x + 1) * 2),
    );
  });

  test(`${name}: a task that fails ends the pipeline with its error, and its source`, async () => {
    await using pool = create();
    const read = { count: 0 };
    const source = Readable.from(endless(read));
    const { sink, chunks } = collector();
    const failing = (x: number): number => {
      if (x === 20) throw new RangeError("twenty");
      return x;
    };
    await assert.rejects(pipeline(source, pool.map(failing), sink), {
      name: "RangeError",
      message: "twenty",
    });
    assert.deepEqual(chunks, numbers(20));
    assert.ok(source.destroyed && sink.destroyed);

    let cancelled = false;
    const web = new ReadableStream<number>({
      pull: (controller) => controller.enqueue(read.count++ % 30),
      cancel: () => {
        cancelled = true;
      },
    });
    await assert.rejects(web.pipeThrough(pool.map(failing).toWeb()).pipeTo(new WritableStream()), {
      name: "RangeError",
      message: "twenty",
    });
    await until(() => cancelled, "the source is cancelled");
  });

  test(`${name}: an endless source is read only as far as the buffer goes, however slow the sink`, async () => {
    await using pool = create();
    const read = { count: 0 };
    const gate = new Event();
    const abort = new AbortController();
    let written = 0;
    const sink = new Writable({
      objectMode: true,
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => {
        written++;
        if (written < 100) return done();
        void whenSet(gate, done);
      },
    });
    const done = pipeline(endless(read), pool.map(double).with({ buffersize: 8 }), sink, {
      signal: abort.signal,
    });
    const failed = assert.rejects(done, { name: "AbortError" });
    await until(() => written === 100, "the sink is stuck");
    let before = -1;
    while (before !== read.count) {
      before = read.count;
      for (let i = 0; i < 20; i++) await turn();
    }
    assert.ok(read.count <= 100 + 2 * 8 + 4, `${read.count} items were read ahead`);
    abort.abort();
    gate.set();
    await failed;
  });
}

test("aborting a pipeline aborts its tasks, and nothing hangs on a source that never answers", async () => {
  await using pool = new AsyncExecutor({ maxWorkers: 4, grace: 60_000 });
  const stopped: number[] = [];
  let running = 0;
  const abort = new AbortController();
  const source = new PassThrough({ objectMode: true });
  for (const item of [1, 2]) source.write(item);
  const task = async (x: number): Promise<number> => {
    running++;
    const { signal } = currentTask();
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    stopped.push(x);
    return x;
  };
  const done = pipeline(source, pool.map(task), new PassThrough({ objectMode: true }).resume(), {
    signal: abort.signal,
  });
  await until(() => running === 2, "both run");
  abort.abort();
  await assert.rejects(done, { name: "AbortError" });
  await until(() => stopped.length === 2, "both are stopped");
  assert.equal(source.destroyed, true);

  // at its end, where the pipeline waits for all results
  const last = new AbortController();
  const awaited = pipeline(endless({ count: 0 }), pool.map(task), { signal: last.signal });
  await until(() => running > 2, "they run");
  last.abort();
  await assert.rejects(awaited, { name: "AbortError" });
});

test("a sink that fails ends the tasks and the source, also while a task goes on", async () => {
  await using pool = new AsyncExecutor({ maxWorkers: 4, grace: 60_000 });
  let aborted = false;
  let hangs = false;
  const source = Readable.from(endless({ count: 0 }));
  const sink = new Writable({ objectMode: true, write: (_chunk, _encoding, done) => done() });
  const done = pipeline(
    source,
    pool.map(async (x: number) => {
      if (x < 3) return x;
      hangs = true;
      await new Promise((resolve) => currentTask().signal.addEventListener("abort", resolve));
      aborted = true;
    }),
    sink,
  );
  const failed = assert.rejects(done, { message: "disk full" });
  await until(() => hangs, "a task hangs");
  sink.destroy(new Error("disk full"));
  await failed;
  await until(() => aborted, "it is stopped");
  assert.equal(source.destroyed, true);
});

test("an error of the source comes after the results before it", async () => {
  await using pool = new AsyncExecutor();
  const source = new Readable({ objectMode: true, read() {} });
  for (const item of numbers(5)) source.push(item);
  const { sink, chunks } = collector();
  const done = pipeline(source, pool.map(double), sink);
  const failed = assert.rejects(done, { message: "gone" });
  await until(() => chunks.length === 5, "five are through");
  source.destroy(new Error("gone"));
  await failed;

  const web = new ReadableStream<number>({
    pull: (controller) => controller.error(new RangeError("web")),
  });
  await assert.rejects(async () => await pool.map(double, web), RangeError);
});

test("a map that ends early closes a stream that never gives another chunk: a socket, or one of the web", async () => {
  await using pool = new AsyncExecutor();
  const server = createServer().listen(0);
  await once(server, "listening");
  const [accepted] = [once(server, "connection")];
  const socket = connect((server.address() as { port: number }).port);
  const [peer] = (await accepted) as [import("node:net").Socket];
  const map = pool.map((chunk: Buffer) => chunk.length, socket as AsyncIterable<Buffer>);
  const iterator = map[Symbol.asyncIterator]();
  peer.write("12345");
  assert.equal((await iterator.next()).value, 5);
  const waiting = iterator.next();
  await iterator.return!();
  assert.equal((await waiting).done, true);
  await until(() => socket.destroyed, "the socket is closed");
  peer.destroy();
  server.close();

  let cancelled = false;
  const silent = new ReadableStream<number>({
    cancel: () => {
      cancelled = true;
    },
  });
  const stuck = pool.map(double, silent);
  stuck.cancel("enough");
  await assert.rejects(async () => await stuck, CancelledError);
  await until(() => cancelled, "it is cancelled");

  const unread = new PassThrough();
  await assert.rejects(
    async () => await pool.map(double, unread, { signal: AbortSignal.abort() }),
    CancelledError,
  );
  assert.equal(unread.destroyed, true);
});

test("destroying or cancelling the results cancels the map", async () => {
  await using pool = new AsyncExecutor({ maxWorkers: 2, grace: 60_000 });
  for (const end of [
    (map: ReturnType<typeof hang>) =>
      void map
        .toReadable()
        .on("error", () => {})
        .resume()
        .destroy(new Error("x")),
    (map: ReturnType<typeof hang>) => void map.toReadable().resume().destroy(),
    (map: ReturnType<typeof hang>) => void map.toReadableStream().cancel("enough"),
    (map: ReturnType<typeof hang>) => {
      const reader = map.toReadableStream().getReader();
      void reader.read();
      void reader.cancel("enough");
    },
  ]) {
    const state = { running: 0, aborted: 0, closed: false };
    const map = hang(pool, state);
    await until(() => state.running === 2, "tasks run");
    end(map);
    await until(() => state.aborted === 2 && state.closed, "tasks are stopped and the input is closed");
  }
});

function hang(pool: Executor, state: { running: number; aborted: number; closed: boolean }) {
  function* items(): Generator<number> {
    try {
      for (;;) yield 1;
    } finally {
      state.closed = true;
    }
  }
  return pool.map(
    async (x) => {
      state.running++;
      await new Promise((resolve) => currentTask().signal.addEventListener("abort", resolve));
      state.aborted++;
      return x;
    },
    items(),
    { buffersize: 2 },
  );
}

test("aborting the writable side of a pair ends the map with the reason, and cancelling the other side ends the source", async () => {
  await using pool = new AsyncExecutor({ maxWorkers: 2 });
  const { readable, writable } = pool.map(double).toWeb();
  const writer = writable.getWriter();
  const reader = readable.getReader();
  const first = reader.read();
  await writer.write(1);
  assert.deepEqual(await first, { done: false, value: 2 });
  const second = reader.read();
  const failed = assert.rejects(second, RangeError);
  await writer.abort(new RangeError("why"));
  await failed;

  const pair = pool.map(double).toWeb();
  const other = pair.writable.getWriter();
  const closed = assert.rejects(
    other.closed.then(() => {
      throw new TypeError("closed");
    }),
  );
  await pair.readable.cancel("enough");
  await assert.rejects(other.write(1).then(() => other.write(2)));
  await closed;
});

test("the source in front of a pair is told why the map ended", async () => {
  await using pool = new AsyncExecutor({ maxWorkers: 2 });
  const failing = async (x: number): Promise<number> => {
    await turn();
    if (x === 20) throw new RangeError("twenty");
    return x;
  };
  const source = (reasons: unknown[]): ReadableStream<number> => {
    let count = 0;
    return new ReadableStream<number>({
      pull: (controller) => controller.enqueue(count++),
      cancel: (reason) => void reasons.push(reason),
    });
  };
  const failed: unknown[] = [];
  const results = source(failed).pipeThrough(pool.map(failing).toWeb());
  const error: unknown = await results.pipeTo(new WritableStream()).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof RangeError);
  await until(() => failed.length === 1, "the source is cancelled");
  assert.equal(failed[0], error);

  const cancelled: unknown[] = [];
  const reader = source(cancelled).pipeThrough(pool.map(failing).toWeb()).getReader();
  assert.deepEqual(await reader.read(), { done: false, value: 0 });
  await reader.cancel("enough");
  await until(() => cancelled.length === 1, "the source is cancelled");
  assert.deepEqual(cancelled, ["enough"]);
  await until(() => pool.stats().running + pool.stats().queued === 0, "the tasks have ended");
});

test("a transform can be used again, and refuses bad options; results are used once", async () => {
  await using pool = new AsyncExecutor();
  const transform = pool.map(double).with({ ordered: false });
  for (let i = 0; i < 2; i++) assert.deepEqual(await transform(numbers(3)), [0, 2, 4]);
  const settled = pool
    .map((x: number) => {
      if (x === 1) throw new RangeError("one");
      return x;
    })
    .with({ errors: "settle" });
  assert.deepEqual(
    (await settled(numbers(2))).map(({ status }) => status),
    ["fulfilled", "rejected"],
  );
  assert.throws(() => transform.with({ buffersise: 1 } as never), /did you mean buffersize/);
  assert.throws(() => transform.with({ into: Float64Array } as never), InvalidArgumentError);
  assert.throws(() => pool.map(double, undefined as never), InvalidArgumentError);
  assert.throws(() => pool.map("x" as never), InvalidArgumentError);
  const stream = pool.map(double, [1]);
  assert.deepEqual(await stream, [2]);
  assert.throws(() => stream.toReadable(), InvalidStateError);
  assert.throws(() => stream.toReadableStream(), InvalidStateError);
  const nulls = pool.map(() => null, [1]).toReadable();
  await assert.rejects(once(nulls.resume(), "end"), { code: "ERR_STREAM_NULL_VALUES" });
});
