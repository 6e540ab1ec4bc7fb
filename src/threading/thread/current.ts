/**
 * Which threads there are, and which of them this is.
 *
 * @module
 */
import { threadId } from "node:worker_threads";
import { portable, registerReviver } from "../../portable.js";
import { threadOf } from "./foreign-thread.js";
import { ownThread } from "./own-thread.js";
import type { ThreadInfo } from "./thread-info.js";
import { mainSeat, noSeat, threadTable } from "./thread-table.js";

/** Always one object, also of a thread that has no seat. */
let current: ThreadInfo | undefined;

/**
 * The thread that this call is made in: Python's `threading.current_thread`. In a task of a `ThreadPoolExecutor` that
 * is the worker; code of the program itself runs in the main thread, however asynchronous it is.
 *
 * @example
 * const greet = () => console.log(`${currentThread().name} is thread ${currentThread().ident}`);
 * new Thread({ target: greet }).start(); // Thread-1 is thread 1
 */
export function currentThread(): ThreadInfo {
  current ??= threadOf({ ...ownThread(), ident: threadId, pid: process.pid });
  return current;
}

/**
 * The main thread of this process: Python's `threading.main_thread`. It ends with the process, so nobody can join it.
 *
 * @example
 * if (currentThread() !== mainThread()) lock.acquireSync();
 */
export function mainThread(): ThreadInfo {
  return threadOf({ name: "MainThread", daemon: false, ident: 0, seat: mainSeat, pid: process.pid });
}

/**
 * All threads that live, in the order in which they were started: Python's `threading.enumerate`. The main thread is
 * among them, workers of pools are, and those that other threads have started; a thread that was not started or has
 * ended is not. Threads that were started by other means than ungil are not known, but for the current one.
 *
 * @example
 * for (const { name, ident } of enumerate()) console.log(ident, name);
 */
export function enumerate(): ThreadInfo[] {
  const table = threadTable();
  const threads = table.living().flatMap((seat) => {
    const record = table.read(seat);
    return record ? [threadOf({ ...record, seat, pid: process.pid })] : [];
  });
  if (ownThread().seat === noSeat) threads.push(currentThread());
  const rank = ({ ident }: ThreadInfo): number => ident ?? Number.POSITIVE_INFINITY;
  return threads.toSorted((one, other) => Math.sign(rank(one) - rank(other)) || 0);
}

/**
 * How many threads live: Python's `threading.active_count`, the length of {@link enumerate}.
 *
 * @example
 * console.log(activeCount()); // 1: the main thread
 */
export function activeCount(): number {
  return threadTable().living().length + (ownThread().seat === noSeat ? 1 : 0);
}

// a closure may capture the functions themselves, as code in one bundle does
const reviver = "ungil.threading.function";
const functions: Readonly<Record<string, () => unknown>> = {
  currentThread,
  mainThread,
  enumerate,
  activeCount,
};
for (const [data, fn] of Object.entries(functions))
  Object.defineProperty(fn, portable, { value: () => ({ reviver, entry: "threading", data }) });
registerReviver(reviver, (data) => functions[data as string]);
