// Targets of the tests: exports, so that processes import them from here.
import { type Connection, type JoinableQueue, Process, Queue } from "ungil/multiprocessing";
import type { Cells } from "ungil/testing";
import { block } from "./tasks.js";

/** Passes items on, each with the number of its process, until the queue ends. */
export async function passOn<T>(from: Queue<T>, to: Queue<readonly [number, T]>): Promise<void> {
  for await (const item of from) await to.put([process.pid, item]);
}

/** Passes one item on. */
export async function passOnOne<T>(from: Queue<T>, to: Queue<T>): Promise<void> {
  await to.put(await from.get());
}

export async function putAll<T>(queue: Queue<T>, items: readonly T[]): Promise<void> {
  for (const item of items) await queue.put(item);
}

/** Puts many, none of which is waited for before the next. */
export async function putBurst(queue: Queue<never>, producer: number, items: number): Promise<void> {
  const puts: Promise<void>[] = [];
  for (let n = 0; n < items; n++) puts.push(queue.put([producer, n] as never));
  await Promise.all(puts);
}

/** Takes a number of items. */
export async function takeMany<T>(queue: Queue<T>, items: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < items) taken.push(await queue.get());
  return taken;
}

/** Makes a queue of its own, hands it over, and lives until it is ended. */
export async function ownOne(to: Queue<unknown>): Promise<void> {
  const own = new Queue<string>();
  await own.put("of the child");
  await to.put([process.pid, own]);
  await new Promise((resolve) => setTimeout(resolve, 2 ** 30));
}

/** Waits for an item that may never come. */
export async function waitForItem(queue: Queue<unknown>): Promise<unknown> {
  return queue.get();
}

/** Says that it is there, and is then stuck: what arrives is not read. */
export async function beStuck(queue: Queue<unknown>, cells: Cells): Promise<void> {
  // the owner has handled it when it answers, and the answer to the next arrives at a process that does not read
  await queue.qsize();
  for (let n = 0; n < 3; n++) void queue.get();
  // the call has left when the loop has turned
  await new Promise((resolve) => setImmediate(resolve));
  block(cells, undefined);
}

/** The same with an end of a pipe. */
export async function beStuckReceiving(end: Connection<number, number>, cells: Cells): Promise<void> {
  await end.poll();
  for (let n = 0; n < 3; n++) void end.recv();
  await new Promise((resolve) => setImmediate(resolve));
  block(cells, undefined);
}

/** Takes an item and ends at once, without giving way to the event loop. */
export async function takeAndExit(queue: Queue<unknown>, seen: Queue<unknown>): Promise<void> {
  const first = await queue.get();
  // arrives in any case: the next line waits for the answer
  await seen.put(first);
  await queue.get();
  process.exit(7);
}

/** Takes an end of a pipe and says something there. */
export async function sayHello(from: Queue<Connection<string, string>>): Promise<void> {
  using connection = await from.get();
  await connection.send("hello");
}

/** A child of a child. */
export async function handToChild<T>(from: Queue<T>, to: Queue<readonly [number, T]>): Promise<void> {
  const child = new Process({ target: passOn<T>, args: [from, to] });
  child.start();
  await child.join();
}

/** Says why a call failed. */
export async function tellFailure(queue: Queue<unknown>, to: Queue<unknown>): Promise<void> {
  for (let n = 0; n < 2; n++) {
    try {
      await queue.get();
    } catch (error) {
      await to.put(error);
    }
  }
}

/** Owns a queue in a thread of its process, which is then terminated. */
export async function workOff(jobs: JoinableQueue<number>, done: Queue<number>): Promise<void> {
  for await (const job of jobs) {
    await done.put(job * job);
    await jobs.taskDone();
  }
}
