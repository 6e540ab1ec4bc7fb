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

interface Taken {
  readonly seats: Seats;
  /** Called whenever this thread has seen that another has ended. */
  readonly onDeath: () => void;
  /** Called when this thread is about to end, and has no seat any more. */
  readonly onLeave: () => void;
}

const taken: Taken[] = [];

/** This thread's place among those that use a heap. */
export function takeSeat(words: Int32Array, { onDeath, onLeave }: Omit<Taken, "seats">): Seats {
  if (taken.length === 0) watch();
  const seats = new Seats(words, threadId, parent);
  taken.push({ seats, onDeath, onLeave });
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
      for (const { seats, onLeave } of taken) {
        onLeave();
        seats.leave();
      }
    });
  }
}
