import { threadId } from "node:worker_threads";

let counter = 0;

/** A number that no other thread of this process hands out. */
export function nextId(): number {
  counter++;
  return threadId * 2 ** 32 + counter;
}
