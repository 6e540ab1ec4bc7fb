import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  BrokenPipeError,
  BufferTooShortError,
  CancelledError,
  ConnectionClosedError,
  EOFError,
  InvalidArgumentError,
  InvalidStateError,
  ProcessPoolExecutor,
  SerializationError,
  ThreadPoolExecutor,
  TimeoutError,
} from "ungil";
import { type Connection, connectionWait, Pipe, Process, Queue } from "ungil/multiprocessing";
import { rejectionOf } from "../threading/support/rejection.js";
import { gateOf } from "./support/gates.js";
import { echo, sendAll, tellAll } from "./support/pipe-tasks.js";
import { beStuckReceiving } from "./support/queue-tasks.js";
import { started } from "./support/started.js";

const limit = { timeout: 60_000 };
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** A pipe to a child that sends everything back. */
function echoing<T>(t: TestContext): [Connection<T, T>, Process] {
  const [here, there] = Pipe<T>();
  const child = started(t, echo, [there as Connection<never>]);
  there.close();
  return [here, child];
}

test("J5: the end of a child that ends without having used it is closed at once", limit, async (t) => {
  for (const target of [(end: Connection<string>) => end.close(), (_end: Connection<string>) => {}]) {
    const [here, there] = Pipe<string>();
    const child = started(t, target, [there]);
    there.close();
    await rejectionOf(here.recv({ timeout: 20_000 }), EOFError);
    await child.join();
    assert.equal(child.exitCode, 0);
  }
});

test("J5: a pipe is duplex: both ends send and receive, values of all kinds", limit, async (t) => {
  const [here, child] = echoing<unknown>(t);
  assert.deepEqual([here.readable, here.writable, here.closed], [true, true, false]);
  for (const value of [
    1,
    "text",
    null,
    undefined,
    { a: [new Date(0), new Map([[1, 2]])] },
    new RangeError("far"),
    "",
  ]) {
    await here.send(value);
    assert.deepEqual(await here.recv(), value);
  }
  here.close();
  await child.join();
  assert.equal(child.exitCode, 0);
});

test("J5: with duplex false the first end only receives, the second only sends", limit, async (t) => {
  const [reader, writer] = Pipe<number>({ duplex: false });
  assert.deepEqual([reader.readable, reader.writable], [true, false]);
  assert.deepEqual([writer.readable, writer.writable], [false, true]);
  assert.match((await rejectionOf(reader.send(1 as never), InvalidStateError)).message, /only receives/);
  for (const use of [() => writer.recv(), () => writer.poll(), () => writer.recvBytes()])
    assert.match((await rejectionOf(use(), InvalidStateError)).message, /only sends/);
  started(t, sendAll, [writer, [1, 2, 3]]);
  writer.close();
  assert.deepEqual([await reader.recv(), await reader.recv(), await reader.recv()], [1, 2, 3]);
  await rejectionOf(reader.recv(), EOFError);
});

test("J5: poll answers at once, or waits as long as it is told", limit, async (t) => {
  const [here] = echoing<string>(t);
  assert.equal(await here.poll(), false);
  assert.equal(await here.poll({ timeout: -1 }), false);
  const start = performance.now();
  assert.equal(await here.poll({ timeout: 40 }), false);
  assert.ok(performance.now() - start >= 39);
  await here.send("x");
  assert.equal(await here.poll({ timeout: 30_000 }), true);
  assert.equal(await here.poll(), true);
  assert.equal(await here.recv(), "x");
  assert.equal(await here.poll(), false);
  here.close();
  await rejectionOf(here.poll(), InvalidStateError);
});

test("J5: recv at the end is an EOFError, after what was left, and poll is true there", limit, async (t) => {
  const [reader, writer] = Pipe<number>({ duplex: false });
  const child = started(t, sendAll, [writer, [1, 2]]);
  writer.close();
  await child.join();
  assert.equal(await reader.recv(), 1);
  assert.equal(await reader.recv(), 2);
  assert.equal(await reader.poll({ timeout: 30_000 }), true);
  const error = await rejectionOf(reader.recv(), EOFError);
  assert.equal(error.code, "ERR_UNGIL_EOF");
  await rejectionOf(reader.recv(), EOFError);
});

test("J5: a killed process is an end as well, for who waits and who sends", limit, async (t) => {
  const [here, child] = echoing<string>(t);
  await here.send("x");
  assert.equal(await here.recv(), "x");
  const waiting = rejectionOf(here.recv(), EOFError);
  child.kill();
  await waiting;
  const error = await rejectionOf(here.send("y"), BrokenPipeError);
  assert.equal(error.code, "ERR_UNGIL_BROKEN_PIPE");
});

test("J5: an end has its end only when the last of all who have the other has gone", limit, async (t) => {
  const [reader, writer] = Pipe<number>({ duplex: false });
  const one = started(t, sendAll, [writer, [1]]);
  await one.join();
  assert.equal(await reader.recv(), 1);
  // this process still has it
  await rejectionOf(reader.recv({ timeout: 50 }), TimeoutError);
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  await using threads = new ThreadPoolExecutor({ maxWorkers: 1 });
  for (const executor of [pool, threads])
    await executor.submit((end: Connection<number, never>) => end.send(2), writer);
  const waiting = reader.recv();
  assert.equal(await waiting, 2);
  assert.equal(await reader.recv(), 2);
  writer.close();
  // workers have collected their handles, or not: they end
  await pool.shutdown();
  await threads.shutdown();
  await rejectionOf(reader.recv(), EOFError);
});

test("J5: a closed end can't be used or sent, and a second close does nothing", limit, async (t) => {
  const [one, other] = Pipe<number>();
  one.close();
  one.close();
  assert.equal(one.closed, true);
  for (const use of [
    () => one.send(1),
    () => one.recv(),
    () => one.poll(),
    () => one.sendBytes(new Uint8Array(1)),
  ])
    assert.match((await rejectionOf(use(), InvalidStateError)).message, /closed/);
  assert.throws(() => new Process({ target: echo, args: [one] }).start(), /closed/);
  await rejectionOf(other.recv(), EOFError);
  await rejectionOf(other.send(1), BrokenPipeError);
  {
    using own = other;
    assert.equal(own.closed, false);
  }
  assert.equal(other.closed, true);
  void t;
});

test("J5: a wait that ends early loses no message", limit, async () => {
  const [one, other] = Pipe<number>();
  for (let n = 0; n < 200; n++) {
    const controller = new AbortController();
    const receiving = other.recv({ signal: controller.signal }).catch((error: unknown) => error);
    const sending = one.send(n);
    if (n % 2 === 0) controller.abort();
    else queueMicrotask(() => controller.abort());
    await sending;
    const got = await receiving;
    if (got instanceof CancelledError) assert.equal(await other.recv(), n);
    else assert.equal(got, n);
  }
  await rejectionOf(other.recv({ timeout: 10 }), TimeoutError);
});

test("J5: boundaries of messages are kept, and an empty message is one", limit, async (t) => {
  const [here] = echoing<unknown>(t);
  const messages = ["", "a", "bc", "x".repeat(100_000), ""];
  await Promise.all(messages.map((message) => here.send(message)));
  for (const message of messages) assert.equal(await here.recv(), message);
  const bytes = [new Uint8Array(0), Uint8Array.of(1, 2, 3), new Uint8Array(0), Buffer.from("text")];
  for (const each of bytes) await here.sendBytes(each);
  for (const each of bytes)
    assert.deepEqual(new Uint8Array((await here.recv()) as Uint8Array), new Uint8Array(each));
});

test("J5: a message of 16 MB passes, there and back", limit, async (t) => {
  const [here] = echoing<Uint8Array>(t);
  const message = new Uint8Array(16 * 1024 * 1024).map((_, n) => n % 251);
  const receiving = here.recv();
  await here.send(message);
  assert.deepEqual(await receiving, message);
  assert.equal(message.length, 16 * 1024 * 1024);
});

test("J5: bytes are sent whole or in part, and received as they are or into a buffer", limit, async () => {
  const [one, other] = Pipe();
  const buffer = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);
  await one.sendBytes(buffer);
  assert.deepEqual(await other.recvBytes(), buffer);
  await one.sendBytes(buffer, { offset: 2 });
  assert.deepEqual(await other.recvBytes(), buffer.subarray(2));
  await one.sendBytes(new Uint16Array(buffer.buffer, 2, 2), { offset: 1, size: 2 });
  assert.deepEqual(await other.recvBytes(), Uint8Array.of(3, 4));
  const target = new Uint8Array(10).fill(9);
  await one.sendBytes(buffer);
  assert.equal(await other.recvBytesInto(target, { offset: 1 }), 8);
  assert.deepEqual(target, Uint8Array.of(9, 0, 1, 2, 3, 4, 5, 6, 7, 9));
  await one.sendBytes(buffer.buffer);
  assert.equal(await other.recvBytesInto(new DataView(new ArrayBuffer(8))), 8);
});

test("J5: recvBytesInto a buffer that is too short is an error with the message in it", limit, async () => {
  const [one, other] = Pipe();
  await one.sendBytes(Uint8Array.of(1, 2, 3));
  await one.sendBytes(Uint8Array.of(4));
  const error = await rejectionOf(other.recvBytesInto(new Uint8Array(2)), BufferTooShortError);
  assert.deepEqual(error.bytes, Uint8Array.of(1, 2, 3));
  assert.match(error.message, /3 bytes.*room for 2/);
  assert.deepEqual(await other.recvBytes(), Uint8Array.of(4));
});

test("J5: recvBytes leaves a value to recv, also when it waited for it", limit, async () => {
  const [one, other] = Pipe();
  await one.send("value");
  assert.match((await rejectionOf(other.recvBytes(), InvalidStateError)).message, /receive it by recv\(\)/);
  assert.equal(await other.recv(), "value");
  const waiting = rejectionOf(other.recvBytes(), InvalidStateError);
  await one.send("other");
  await waiting;
  assert.equal(await other.recv(), "other");
});

test("J5: bad arguments are refused by their names, and nothing is sent", limit, async () => {
  const [one, other] = Pipe();
  assert.throws(() => Pipe({ duplex: 1 as never }), {
    name: "InvalidArgumentError",
    message: /^duplex must/,
  });
  assert.throws(() => Pipe({ duplx: true } as never), /did you mean duplex/);
  for (const [call, message] of [
    [() => one.sendBytes("text" as never), /^buffer must be a buffer/],
    [() => one.sendBytes(new Uint8Array(4), { offset: 5 }), /^offset must be at most 4/],
    [() => one.sendBytes(new Uint8Array(4), { offset: -1 }), /^offset must be/],
    [() => one.sendBytes(new Uint8Array(4), { offset: 2, size: 3 }), /^size must be at most 2/],
    [() => other.recvBytesInto(new Uint8Array(4), { offset: 5 }), /^offset must be at most 4/],
    [() => other.recv({ timeout: Number.NaN }), /^timeout must be/],
    [() => other.poll({ timeout: Number.NaN }), /^timeout must be/],
  ] as const)
    assert.match((await rejectionOf(call(), InvalidArgumentError)).message, message);
  await rejectionOf(one.send(new WeakMap()), SerializationError);
  assert.equal(await other.poll(), false);
});

test("J5: a full pipe holds who sends until there is room, in their order", limit, async () => {
  const [one, other] = Pipe<string>();
  const went: number[] = [];
  const sends = range(4).map((n) => one.send(String(n).repeat(40_000)).then(() => went.push(n)));
  await Promise.all(sends.slice(0, 1));
  assert.equal(await other.poll(), true);
  assert.ok(went.length < 4, "some wait");
  for (const n of range(4)) assert.equal(await other.recv(), String(n).repeat(40_000));
  await Promise.all(sends);
  assert.deepEqual(went, range(4));
  // what waits when its own end is closed is received yet
  const last = range(3).map((n) => one.send(String(n).repeat(40_000)));
  one.close();
  for (const n of range(3)) assert.equal(await other.recv(), String(n).repeat(40_000));
  await Promise.all(last);
  await rejectionOf(other.recv(), EOFError);
});

test(
  "J5: a message that a killed process had not seen is the first again for others who have the end",
  limit,
  async (t) => {
    const [one, other] = Pipe<unknown, number>();
    const gate = gateOf(t);
    const child = started(t, beStuckReceiving, [other as Connection<number, number>, gate.cells]);
    await gate.arrived(1);
    await one.sendBytes(Uint8Array.of(1, 2));
    await one.send(3);
    // until the child has been given both
    while (await other.poll()) await new Promise((resolve) => setImmediate(resolve));
    child.kill();
    await child.join();
    while (!(await other.poll())) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(await other.recvBytes(), Uint8Array.of(1, 2));
    assert.equal(await other.recv(), 3);
  },
);

test("J5: both ends may be in other processes, and ends may be sent through pipes", limit, async (t) => {
  const [reader, writer] = Pipe<number>({ duplex: false });
  const results = new Queue<unknown>();
  const [carrier, carried] = Pipe<Connection<number, never>>({ duplex: false });
  started(t, tellAll, [reader as Connection<never>, results]);
  reader.close();
  await carried.send(writer);
  const arrived = await carrier.recv();
  assert.equal(arrived, writer);
  started(t, sendAll, [arrived, [1, 2]]);
  writer.close();
  assert.deepEqual([await results.get(), await results.get()], [1, 2]);
  assert.ok((await results.get()) instanceof EOFError);
});

test("J5: an end whose handles were all dropped is an end for the other", {
  ...limit,
  skip: !globalThis.gc,
}, async () => {
  const makeOne = (): Connection<number, number> => Pipe<number>()[0];
  const one = makeOne();
  const waiting = rejectionOf(one.recv(), EOFError);
  const collecting = setInterval(() => globalThis.gc!(), 5);
  await waiting;
  clearInterval(collecting);
});

test(
  "J6: connectionWait answers with all ends that are ready, in the order of the list",
  limit,
  async (t) => {
    const pipes = range(4).map(() => Pipe<number>());
    const readers = pipes.map(([, reader]) => reader);
    assert.deepEqual(await connectionWait(readers, { timeout: 0 }), []);
    assert.deepEqual(await connectionWait(readers, { timeout: -5 }), []);
    const start = performance.now();
    assert.deepEqual(await connectionWait(readers, { timeout: 40 }), []);
    assert.ok(performance.now() - start >= 39);
    await pipes[2]![0].send(2);
    await pipes[1]![0].send(1);
    assert.deepEqual(await connectionWait(readers), [readers[1], readers[2]]);
    assert.deepEqual(await connectionWait([...readers, ...readers], { timeout: 0 }), [
      readers[1],
      readers[2],
    ]);
    assert.deepEqual([await readers[1]!.recv(), await readers[2]!.recv()], [1, 2]);
    assert.deepEqual(await connectionWait(readers, { timeout: 0 }), []);
    const waiting = connectionWait(readers);
    await pipes[3]![0].send(3);
    assert.deepEqual(await waiting, [readers[3]]);
    assert.deepEqual(await connectionWait([], { timeout: 0 }), []);
    void t;
  },
);

test(
  "J6: connectionWait sees the end of a pipe, the end of a process, and messages of others",
  limit,
  async (t) => {
    const [here, child] = echoing<number>(t);
    assert.deepEqual(await connectionWait([here, child.sentinel], { timeout: 20 }), []);
    await here.send(1);
    assert.deepEqual(await connectionWait([child.sentinel, here]), [here]);
    assert.equal(await here.recv(), 1);
    child.kill();
    const ready = await connectionWait([here]);
    assert.deepEqual(ready, [here]);
    await rejectionOf(here.recv(), EOFError);
    assert.ok((await connectionWait([here, child.sentinel])).includes(here));
    await child.join();
    assert.deepEqual(await connectionWait([child.sentinel, here]), [child.sentinel, here]);
  },
);

test("J6: a signal ends connectionWait, and what can't be waited for is refused", limit, async () => {
  const [one, other] = Pipe<number>();
  const controller = new AbortController();
  const reason = new Error("enough");
  const waiting = rejectionOf(connectionWait([other], { signal: controller.signal }), CancelledError);
  controller.abort(reason);
  assert.equal((await waiting).cause, reason);
  await rejectionOf(connectionWait([other], { signal: controller.signal }), CancelledError);
  const error = await rejectionOf(connectionWait([other, 5 as never]), InvalidArgumentError);
  assert.match(error.message, /^list\[1\] must be/);
  for (const list of [other, 5, undefined, {}])
    assert.match(
      (await rejectionOf(connectionWait(list as never), InvalidArgumentError)).message,
      /^list must be/,
    );
  await rejectionOf(connectionWait([other], { timeout: "1" as never }), InvalidArgumentError);
  const [reader, writer] = Pipe<number>({ duplex: false });
  await rejectionOf(connectionWait([reader, writer]), InvalidStateError);
  other.close();
  await rejectionOf(connectionWait([other]), InvalidStateError);
  await rejectionOf(one.send(1), BrokenPipeError);
});

test("when the process that made a pipe has ended, both ends are told", limit, async (t) => {
  const handed = new Queue<readonly [Connection<number, number>, Connection<number, number>]>();
  const make = async (to: typeof handed): Promise<void> => {
    const { Pipe: Here } = await import("ungil/multiprocessing");
    const ends = Here<number>();
    await to.put(ends);
    await new Promise((resolve) => setTimeout(resolve, 2 ** 30, ends));
  };
  const child = started(t, make, [handed]);
  const [one, other] = await handed.get();
  await one.send(5);
  assert.equal(await other.recv(), 5);
  const waiting = rejectionOf(other.recv(), ConnectionClosedError);
  child.kill();
  await waiting;
  await rejectionOf(one.send(1), ConnectionClosedError);
  assert.deepEqual(await connectionWait([one]), [one]);
});
