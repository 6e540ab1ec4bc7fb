import { fileURLToPath } from "node:url";
import { createTransferable, ThreadPool } from "nanothreads";

const script = fileURLToPath(new URL("../workers/nanothreads.mjs", import.meta.url));

export function createPool(workers) {
  const pool = new ThreadPool({ task: script, count: workers, type: "module" });
  return {
    // it moves whole arguments only: rows that move data pass the buffer itself
    run: (name, argument, transfer) => pool.exec(name, transfer ? createTransferable(argument) : argument),
  };
}
