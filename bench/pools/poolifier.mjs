import { fileURLToPath } from "node:url";
import { FixedThreadPool } from "poolifier";

const script = fileURLToPath(new URL("../workers/poolifier.mjs", import.meta.url));

export function createPool(workers) {
  const pool = new FixedThreadPool(workers, script);
  return { run: (name, argument, transfer) => pool.execute(argument, name, undefined, transfer) };
}
