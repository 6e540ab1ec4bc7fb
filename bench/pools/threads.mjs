import { Pool, spawn, Transfer, Worker } from "threads";

/** The worker's path is relative to the file that names it, whatever the platform's separators. */
const script = "../workers/threads.mjs";

export function createPool(workers) {
  const pool = Pool(() => spawn(new Worker(script)), workers);
  return {
    run: (name, argument, transfer) =>
      pool.queue((worker) => worker[name](transfer ? Transfer(argument, transfer) : argument)),
  };
}
