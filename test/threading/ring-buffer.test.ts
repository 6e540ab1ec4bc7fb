import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  BrokenPipeError,
  CancelledError,
  EOFError,
  type Future,
  InvalidArgumentError,
  InvalidStateError,
  ThreadPoolExecutor,
  TimeoutError,
} from "ungil";
import { until } from "ungil/testing";
import { RingBuffer } from "ungil/threading";

const limit = { timeout: 60_000 };
const soon = { timeout: 20_000 };
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const ended = (future: Future<unknown>): Promise<unknown> => future.exception().catch(() => {});

test("what does not wait writes and reads as much as it can", limit, () => {
  const ring = new RingBuffer(4);
  const into = new Uint8Array(3);
  assert.equal(ring.read(into), 0);
  assert.equal(ring.write(bytes(1, 2, 3, 4, 5)), 4);
  assert.equal(ring.write(bytes(5)), 0);
  assert.equal(ring.read(into), 3);
  assert.deepEqual(into, bytes(1, 2, 3));
  // across the end of the memory
  assert.equal(ring.write(bytes(5, 6, 7, 8)), 3);
  assert.equal(ring.size, 4);
  assert.deepEqual(ring.readExactlySync(new Uint8Array(4)), bytes(4, 5, 6, 7));
});

test("a capacity is rounded up to a power of two, and checked", limit, () => {
  assert.equal(new RingBuffer(5).capacity, 8);
  assert.equal(new RingBuffer().capacity, 65_536);
  for (const capacity of [0, -1, 1.5, Number.NaN, 2 ** 30])
    assert.throws(() => new RingBuffer(capacity), InvalidArgumentError);
});

test("arguments are checked before anything happens", limit, async () => {
  const ring = new RingBuffer(4);
  assert.throws(() => ring.write("text" as never), { argument: "bytes" });
  assert.throws(() => ring.read([] as never), { argument: "into" });
  assert.throws(() => ring.readExactlySync(new Uint8Array(5)), { argument: "into" });
  await assert.rejects(ring.readExactly(new Uint8Array(5)), InvalidArgumentError);
  await assert.rejects(ring.writeAll(bytes(1), { timout: 1 } as object), InvalidArgumentError);
  assert.throws(() => ring.skip(1), InvalidArgumentError);
  assert.equal(ring.size, 0);
});

test(
  "after the end, the reader gets what is there and then the end, and the writer an error",
  limit,
  async () => {
    const ring = new RingBuffer(8);
    ring.writeAllSync(bytes(1, 2, 3));
    ring.end();
    ring.end();
    assert.equal(ring.ended, false);
    assert.throws(() => ring.write(bytes(4)), InvalidStateError);
    await assert.rejects(ring.readExactly(new Uint8Array(4)), EOFError);
    assert.throws(() => ring.readExactlySync(new Uint8Array(4)), EOFError);
    const into = new Uint8Array(8);
    assert.equal(ring.readSomeSync(into), 3);
    assert.equal(ring.ended, true);
    assert.equal(ring.readSomeSync(into), 0);
    assert.equal(await ring.readSome(into), 0);
    assert.equal(ring.read(into), 0);
  },
);

test("a wait for bytes that ends early has read none, and the next one gets them", limit, async () => {
  const ring = new RingBuffer(8);
  const into = new Uint8Array(3);
  ring.write(bytes(1, 2));
  assert.throws(() => ring.readExactlySync(into, { timeout: 5 }), TimeoutError);
  await assert.rejects(ring.readExactly(into, { timeout: 5 }), TimeoutError);
  const controller = new AbortController();
  const waiting = ring.readExactly(into, { signal: controller.signal });
  controller.abort();
  await assert.rejects(waiting, CancelledError);
  await assert.rejects(ring.readSome(into, { signal: AbortSignal.abort() }), CancelledError);
  const next = ring.readExactly(into, soon);
  ring.write(bytes(3, 4));
  assert.deepEqual(await next, bytes(1, 2, 3));
  assert.equal(ring.size, 1);
});

test("a wait for room that ends early says how much was written", limit, async () => {
  const ring = new RingBuffer(4);
  await assert.rejects(ring.writeAll(new Uint8Array(6), { timeout: 5 }), /4 of 6 bytes/);
  assert.throws(() => ring.writeAllSync(new Uint8Array(6), { timeout: 5 }), /0 of 6 bytes/);
  assert.equal(ring.size, 4);
});

test("one call of a side waits at a time", limit, async () => {
  const ring = new RingBuffer(4);
  const waiting = ring.readSome(new Uint8Array(1));
  assert.throws(() => ring.read(new Uint8Array(1)), InvalidStateError);
  await assert.rejects(ring.readSome(new Uint8Array(1)), InvalidStateError);
  ring.write(bytes(1));
  assert.equal(await waiting, 1);
});

test("peek shows bytes where they lie until they are left out", limit, () => {
  const ring = new RingBuffer(4);
  ring.write(bytes(1, 2, 3));
  const shown = ring.peek();
  assert.deepEqual([...shown], [1, 2, 3]);
  assert.equal(ring.write(bytes(4, 5, 6)), 1);
  assert.deepEqual([...shown], [1, 2, 3]);
  ring.skip(2);
  assert.equal(ring.write(bytes(5, 6)), 2);
  // those up to the end of the memory, and then the others
  assert.deepEqual([...ring.peek()], [3, 4]);
  ring.skip(2);
  assert.deepEqual([...ring.peek()], [5, 6]);
  ring.skip(2);
  assert.equal(ring.peek().length, 0);
});

test("another thread can't take a part that is taken, and can when its thread has ended", limit, async () => {
  const ring = new RingBuffer(16);
  ring.write(bytes(1));
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  assert.equal(await pool.submit(() => ring.readExactlySync(new Uint8Array(1))[0]), 1);
  await assert.rejects(
    pool.submit(() => ring.write(new Uint8Array(1))),
    InvalidStateError,
  );
  assert.throws(() => ring.read(new Uint8Array(1)), InvalidStateError);
  assert.throws(() => ring.peek(), InvalidStateError);
  assert.throws(() => ring.cancel(), InvalidStateError);
  await pool.shutdown();
  ring.write(bytes(2, 3));
  await until(() => {
    try {
      return ring.peek().length === 2;
    } catch {
      return false;
    }
  }, "the end of the reader is known");
  assert.deepEqual(ring.readExactlySync(new Uint8Array(2)), bytes(2, 3));
});

test("a writer that waits is told that the reader wants no more, or has died", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 0 });
  const ring = new RingBuffer(4);
  await pool.submit(() => void ring.read(new Uint8Array(1)));
  const told = assert.rejects(ring.writeAll(new Uint8Array(9), soon), BrokenPipeError);
  await pool.submit(() => ring.cancel());
  await told;
  assert.throws(() => ring.write(bytes(1)), BrokenPipeError);
  const other = new RingBuffer(4);
  const doomed = pool.submit(() => {
    other.read(new Uint8Array(1));
    for (;;);
  });
  await until(() => doomed.running(), "it runs");
  const stuck = assert.rejects(other.writeAll(new Uint8Array(9), soon), BrokenPipeError);
  await until(() => other.size === 4, "it is full");
  doomed.abort();
  await stuck;
  await ended(doomed);
});

test("when the writer dies, its bytes are read, and then there is an error", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 0 });
  const ring = new RingBuffer(16);
  const doomed = pool.submit(() => {
    ring.write(new Uint8Array([1, 2, 3]));
    for (;;);
  });
  await until(() => ring.size === 3, "it has written");
  doomed.abort();
  await ended(doomed);
  const into = new Uint8Array(16);
  assert.equal(await ring.readSome(into, soon), 3);
  await assert.rejects(ring.readSome(into, soon), EOFError);
  assert.throws(() => ring.readSomeSync(into, soon), EOFError);
});

test("64 MB from thread to thread, in pieces of all sizes, are the same bytes", limit, async () => {
  const ring = new RingBuffer(1 << 16);
  const total = 1 << 26;
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const write = (size: number): void => {
    const piece = new Uint8Array(70_000);
    for (let at = 0, i = 0; at < size; i++) {
      const count = Math.min((i * 7_919) % piece.length, size - at);
      for (let k = 0; k < count; k += 61) piece[k] = (at + k) % 251;
      ring.writeAllSync(piece.subarray(0, count));
      at += count;
    }
    ring.end();
  };
  const read = async (blocks: boolean): Promise<{ at: number; wrong: number }> => {
    const chunk = new Uint8Array(50_000);
    let [at, wrong] = [0, 0];
    let pieceStart = 0;
    let piece = 0;
    let pieceSize = 0;
    for (;;) {
      const count = blocks ? ring.readSomeSync(chunk) : await ring.readSome(chunk);
      if (count === 0) return { at, wrong };
      for (let k = 0; k < count; k++, at++) {
        while (at >= pieceStart + pieceSize) {
          pieceStart += pieceSize;
          pieceSize = (piece++ * 7_919) % 70_000;
        }
        if ((at - pieceStart) % 61 === 0 && chunk[k] !== at % 251) wrong++;
      }
    }
  };
  const writing = pool.submit(write, total);
  assert.deepEqual(await pool.submit(read, true), { at: total, wrong: 0 });
  await writing;
});

test("event loops at both ends pass all bytes on", limit, async () => {
  const ring = new RingBuffer(1 << 10);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const writing = pool.submit(async () => {
    for (let i = 0; i < 2_000; i++) await ring.writeAll(new Uint8Array(i % 300).fill(i % 256));
    ring.end();
  });
  for (let i = 0; i < 2_000; i++) {
    const got = await ring.readExactly(new Uint8Array(i % 300), soon);
    assert.ok(got.every((each) => each === i % 256));
  }
  assert.equal(await ring.readSome(new Uint8Array(1)), 0);
  await writing;
});

test("web streams at both ends", limit, async () => {
  const ring = new RingBuffer(64);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const writing = pool.submit(async () => {
    const writer = ring.writable().getWriter();
    for (let i = 0; i < 10; i++) await writer.write(new Uint8Array(50).fill(i));
    await writer.close();
  });
  let [count, sum] = [0, 0];
  for await (const chunk of ring.readable())
    for (const each of chunk) {
      count++;
      sum += each;
    }
  await writing;
  assert.deepEqual([count, sum], [500, 50 * 45]);
  const other = new RingBuffer(8);
  const reader = other.readable().getReader();
  const reading = reader.read();
  await reader.cancel();
  assert.equal((await reading).done, true);
  await assert.rejects(other.writeAll(bytes(1)), BrokenPipeError);
});

test("whatever is written and read in whatever pieces, a ring does what a list of bytes would", limit, () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(
        fc.tuple(fc.constantFrom("write", "read", "peek", "exactly"), fc.integer({ min: 0, max: 50 })),
        {
          maxLength: 100,
        },
      ),
      (capacity, steps) => {
        const ring = new RingBuffer(capacity);
        const list: number[] = [];
        let next = 0;
        for (const [what, count] of steps) {
          if (what === "write") {
            const source = Uint8Array.from({ length: count }, (_, i) => (next + i) % 256);
            const written = ring.write(source);
            assert.equal(written, Math.min(count, ring.capacity - list.length));
            list.push(...source.subarray(0, written));
            next += written;
          } else if (what === "read") {
            const into = new Uint8Array(count);
            const read = ring.read(into);
            assert.equal(read, Math.min(count, list.length));
            assert.deepEqual([...into.subarray(0, read)], list.splice(0, read));
          } else if (what === "peek") {
            const shown = ring.peek();
            assert.deepEqual([...shown], list.slice(0, shown.length));
            assert.equal(shown.length === 0, list.length === 0);
            const left = Math.min(count, shown.length);
            ring.skip(left);
            list.splice(0, left);
          } else if (count <= ring.capacity) {
            const into = new Uint8Array(count);
            if (count <= list.length)
              assert.deepEqual([...ring.readExactlySync(into)], list.splice(0, count));
            else assert.throws(() => ring.readExactlySync(into, { timeout: 0 }), TimeoutError);
          }
          assert.equal(ring.size, list.length);
        }
      },
    ),
    { numRuns: 200 },
  );
});
