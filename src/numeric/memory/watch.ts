/**
 * How it becomes known that threads which use heaps have ended.
 *
 * @module
 */
import { getEnvironmentData, isMainThread, setEnvironmentData, threadId } from "node:worker_threads";
import { Seats } from "./seats.js";

/** Where threads find the number of the thread that has started them. */
const environmentKey = "ungil.numeric.thread";

let parent = -1;

const taken: { readonly seats: Seats; readonly onDeath: () => void }[] = [];

/**
 * This thread's place among those that use a heap.
 * @param onDeath - called whenever this thread has seen that another has ended.
 */
export function takeSeat(words: Int32Array, onDeath: () => void): Seats {
  if (taken.length === 0) watch();
  const seats = new Seats(words, threadId, parent);
  taken.push({ seats, onDeath });
  return seats;
}

function watch(): void {
  parent = (getEnvironmentData(environmentKey) as unknown as number | undefined) ?? -1;
  setEnvironmentData(environmentKey, threadId);
  process.on("worker", (worker) => {
    const { threadId: thread } = worker;
    worker.on("exit", () => {
      for (const { seats, onDeath } of taken) {
        seats.threadEnded(thread);
        onDeath();
      }
    });
  });
  if (!isMainThread) {
    process.on("exit", () => {
      for (const { seats } of taken) seats.leave();
    });
  }
}
