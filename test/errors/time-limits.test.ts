// Contract K4, H3, J1, J5, J6, A4, B4, C2: the limit of a wait that is less than 0 is 0, wherever something waits. A
// program that computes what is left of its time need not look whether that is up.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AsyncExecutor, asCompleted, Future, TimeoutError, wait } from "ungil";
import * as asyncio from "ungil/asyncio";
import * as multiprocessing from "ungil/multiprocessing";
import * as threading from "ungil/threading";
import { rejectionOf } from "../threading/support/rejection.js";

const limits = [{ timeout: -1 }, { timeout: Number.NEGATIVE_INFINITY }];

/** Something that never happens while it is waited for, and how the wait says so. */
interface Wait {
  readonly name: string;
  readonly call: (options: { timeout: number }) => unknown;
  /** What it answers; without, it fails with a `TimeoutError`. */
  readonly answer?: unknown;
}

/** The same, of something that is there at once. */
interface Grant {
  readonly name: string;
  readonly call: (options: { timeout: number }) => unknown;
}

const pending = Future.withResolvers<number>().future;
const done = Future.withResolvers<number>();
done.resolve(1);

const [receiver, sender] = multiprocessing.Pipe<string>({ duplex: false });
const gate = Future.withResolvers<undefined>();
const executor = new AsyncExecutor({ maxQueue: 1 });
const running = executor.submit(() => gate.future);
const pool = new multiprocessing.Pool(1);
const forever = (): Promise<never> => new Promise(() => setInterval(() => {}, 1_000));
const child = new multiprocessing.Process({ target: forever });
const thread = new threading.Thread({ target: forever });
child.start();
thread.start();
after(async () => {
  gate.resolve(undefined);
  await running;
  await executor.shutdown();
  await pool.terminate();
  child.terminate();
  await child.join();
  thread.terminate();
  await thread.join();
  sender.close();
  receiver.close();
});

async function held<L extends { acquire(): unknown }>(lock: L): Promise<L> {
  await lock.acquire();
  return lock;
}

async function full<Q extends { put(item: number): unknown }>(queue: Q): Promise<Q> {
  await queue.put(1);
  return queue;
}

const chapters = { asyncio, threading, multiprocessing };
const waits: Wait[] = [];
const grants: Grant[] = [];
for (const [chapter, { Lock, Semaphore, Event, Queue }] of Object.entries(chapters)) {
  const [lock, semaphore] = [await held(new Lock()), await held(new Semaphore(1))];
  const [free, event, set] = [new Lock(), new Event(), new Event()];
  const [crammed, empty] = [await full(new Queue<number>(1)), new Queue<number>(1)];
  await set.set();
  const never = chapter === "asyncio" ? {} : { answer: false };
  waits.push(
    { name: `${chapter}.Lock.acquire`, call: (options) => lock.acquire(options) },
    { name: `${chapter}.Semaphore.acquire`, call: (options) => semaphore.acquire(options) },
    { name: `${chapter}.Event.wait`, call: (options) => event.wait(options), ...never },
    { name: `${chapter}.Queue.put`, call: (options) => crammed.put(2, options) },
    { name: `${chapter}.Queue.get`, call: (options) => empty.get(options) },
  );
  grants.push(
    { name: `${chapter}.Lock.acquire`, call: async (options) => void (await free.acquire(options)) },
    { name: `${chapter}.Event.wait`, call: (options) => set.wait(options) },
    {
      name: `${chapter}.Queue.put and get`,
      call: async (options) => {
        const queue = new Queue<number>(1);
        await queue.put(1, options);
        assert.equal(await queue.get(options), 1);
      },
    },
  );
}
waits.push(
  { name: "Connection.recv", call: (options) => receiver.recv(options) },
  { name: "Connection.recvBytes", call: (options) => receiver.recvBytes(options) },
  { name: "Connection.poll", call: (options) => receiver.poll(options), answer: false },
  {
    name: "connectionWait",
    call: (options) => multiprocessing.connectionWait([receiver], options),
    answer: [],
  },
  { name: "Process.join", call: (options) => child.join(options), answer: false },
  { name: "Thread.join", call: (options) => thread.join(options), answer: false },
  { name: "Future.result", call: (options) => pending.result(options) },
  { name: "Future.exception", call: (options) => pending.exception(options) },
  {
    name: "wait",
    call: async (options) => (await wait([pending, done.future], options)).notDone.size,
    answer: 1,
  },
  {
    name: "asyncio.wait",
    call: async (options) => (await asyncio.wait([pending, done.future], options)).done.size,
    answer: 1,
  },
  { name: "Executor.map", call: (options) => executor.map((n: number) => n, [1], options) },
  {
    name: "AsyncResult.get",
    call: (options) =>
      pool.applyAsync(async () => new Promise<void>((resolve) => setTimeout(resolve, 1))).get(options),
  },
);
grants.push(
  { name: "Executor.ready", call: (options) => executor.ready(options) },
  { name: "Future.result", call: (options) => done.future.result(options) },
  { name: "asyncio.sleep", call: ({ timeout }) => asyncio.sleep(timeout) },
);

for (const { name, call, answer } of waits) {
  test(`K4: a limit that is less than 0 is 0: ${name} does not wait`, { timeout: 60_000 }, async () => {
    for (const options of limits) {
      if (answer !== undefined) assert.deepEqual(await call(options), answer);
      else await rejectionOf((async () => call(options))(), TimeoutError);
    }
  });
}

for (const { name, call } of grants) {
  test(`K4: a limit that is less than 0 is 0: ${name} takes what is there`, { timeout: 60_000 }, async () => {
    await call(limits[0]!);
  });
}

test("B4: asCompleted with a limit that is less than 0 yields those that are done", async () => {
  for (const options of limits) {
    const seen: Future<number>[] = [];
    const all = (async () => {
      for await (const future of asCompleted([pending, done.future], options)) seen.push(future);
    })();
    assert.match((await rejectionOf(all, TimeoutError)).message, /1 \(of 2\) futures unfinished/);
    assert.deepEqual(seen, [done.future]);
  }
});

test("D13: a shutdown with a limit that is less than 0 does not wait, and goes on", async () => {
  const own = new AsyncExecutor();
  const open = Future.withResolvers<number>();
  const future = own.submit(() => open.future);
  await rejectionOf(own.shutdown({ timeout: -1 }), TimeoutError);
  open.resolve(7);
  assert.equal(await future, 7);
  await own.shutdown();
});
