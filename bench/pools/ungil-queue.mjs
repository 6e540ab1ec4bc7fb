import { Process, Queue } from "ungil/multiprocessing";
import { produce } from "../workers/queue-producer.mjs";

/** A queue that another process fills, and how the end of that process is waited for. */
export function createFilledQueue(kind, items, window) {
  const queue = new Queue(2 * window);
  const child = new Process({ target: produce, args: [queue, kind, items, window] });
  child.start();
  return { queue, ended: () => child.join() };
}
